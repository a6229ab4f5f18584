using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Simulator.Clockwork;

namespace Sophia.Keda.Reactor.Simulator.Reactors;

/// <summary>A page as somebody got it.</summary>
internal sealed record Received(DateTimeOffset At, Page Page);

/// <summary>One way to people, with all that arrived there. It can be out of order for a time, as pagers are.</summary>
internal sealed class Receiver(string name, VirtualTime time)
{
    private readonly List<Received> _got = [];

    public string Name => name;

    public bool Down { get; set; }

    public IReadOnlyList<Received> Got => _got;

    public IPageChannel For(Instance instance) => new Channel(this, instance);

    private sealed class Channel(Receiver receiver, Instance me) : IPageChannel
    {
        public string Name => receiver.Name;

        public TimeSpan MinimumSpacing => TimeSpan.Zero;

        public bool KeepsOpen => true;

        public async Task<SendResult> SendAsync(Page page, CancellationToken cancel)
        {
            await me.MomentAsync();
            if (receiver.Down)
                return new SendResult(SendStatus.Retry, "503");
            receiver._got.Add(new Received(receiver.Now, page));
            return new SendResult(SendStatus.Delivered, "202");
        }
    }

    private DateTimeOffset Now => time.Now;
}
