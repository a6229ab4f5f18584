using System.Collections.Concurrent;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>A channel that answers as a test says.</summary>
internal sealed class FakeChannel(string name) : IPageChannel
{
    public string Name => name;

    public TimeSpan MinimumSpacing { get; init; }

    public bool KeepsOpen { get; init; }

    public object? Credential { get; set; }

    /// <summary>Never answers, and does not listen to its token either.</summary>
    public bool Hangs { get; init; }

    /// <summary>What its answers wait for.</summary>
    public Task Wait { get; init; } = Task.CompletedTask;

    public Func<Page, SendResult> Answer { get; set; } = _ => new SendResult(SendStatus.Delivered, "200 ok");

    public Func<CancellationToken, Task<string?>> Check { get; init; } = cancel => cancel.IsCancellationRequested ? Task.FromCanceled<string?>(cancel) : Task.FromResult<string?>(null);

    public ConcurrentQueue<string> Sent { get; } = [];

    public async Task<SendResult> SendAsync(Page page, CancellationToken cancel)
    {
        Sent.Enqueue(page.Id);
        if (Hangs) await new TaskCompletionSource().Task;
        await Wait;
        return Answer(page);
    }

    public Task<string?> CheckAsync(CancellationToken cancel) => Check(cancel);
}
