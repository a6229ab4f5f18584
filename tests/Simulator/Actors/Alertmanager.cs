using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Simulator.Actors;

/// <summary>An HA pair of Alertmanagers: repeats, duplicates, delays and so reorders, loses a resolve now and then, resolves by timeout and comes back with the old start.</summary>
internal sealed class Alertmanager(World world, SeededRandom random)
{
    private int _number;

    public void Fires(Cause cause, TargetId? target, TimeSpan length, bool resolvesByTimeout)
    {
        var alert = new Firing(world, random, $"f{++_number:x4}{random.Next():x}", cause, target, world.Time.Now, random.Whole(45, 240));
        world.Truth.Reason(target, world.Time.Now + length + world.Policy.EvidenceExpires);
        world.Firing.Add(alert);
        alert.Say(firing: true);
        alert.RepeatLater();
        if (resolvesByTimeout && length > TimeSpan.FromMinutes(3))
        {
            // Prometheus is away for a while: its alerts end by endsAt, and are back with the same start.
            world.After(length / 3, alert.TimesOut);
            world.After(length * (2.0 / 3), alert.ComesBack);
        }

        world.After(length, alert.Ends);
    }

    /// <summary>One alert from its first notification to its last.</summary>
    internal sealed class Firing(World world, SeededRandom random, string fingerprint, Cause cause, TargetId? target, DateTimeOffset startsAt, int repeat)
    {
        private bool _silent;
        private bool _over;
        private int _told;

        public string Fingerprint => fingerprint;

        public string What => $"{cause} {target}";

        public TimeSpan Repeat => TimeSpan.FromSeconds(repeat);

        /// <summary>Null while it does not fire.</summary>
        public DateTimeOffset? FiresUndisturbedSince { get; private set; } = startsAt;

        /// <summary>When a reactor last said that it has it.</summary>
        public DateTimeOffset? TakenAt { get; private set; }

        public void RepeatLater() => world.After(Repeat, () =>
        {
            if (_over)
                return;
            if (!_silent)
                Say(firing: true);
            RepeatLater();
        });

        public void TimesOut()
        {
            _silent = true;
            FiresUndisturbedSince = null;
            Say(firing: false);
        }

        public void ComesBack()
        {
            if (_over)
                return;
            _silent = false;
            FiresUndisturbedSince = world.Time.Now + TimeSpan.FromMinutes(1); // what is repeated counts again more than a minute after its resolve
            Say(firing: true);
        }

        public void Ends()
        {
            _over = true;
            FiresUndisturbedSince = null;
            // One resolve in twenty never gets through.
            if (!random.Chance(0.05))
                Say(firing: false);
        }

        public void Say(bool firing)
        {
            var signal = new AlertSignal
            {
                Key = $"{fingerprint}/{startsAt.UtcDateTime:yyyyMMddTHHmmss.fffffff}/{(firing ? "firing" : "resolved")}",
                ReceivedAt = world.Time.Now, Fingerprint = fingerprint, AlertName = cause.ToString(), Cause = cause, Firing = firing, StartsAt = startsAt,
                EndsAt = firing ? null : world.Time.Now, Namespace = target?.Namespace, ScaledObject = target?.Name, Severity = "critical", Summary = "told by the simulation",
            };
            for (var copies = random.Chance(0.3) ? 2 : 1; copies > 0; copies--)
                world.After(TimeSpan.FromMilliseconds(random.Whole(0, random.Chance(0.2) ? 20_000 : 500)), () => Send(signal, ++_told));
        }

        private void Send(AlertSignal signal, int told)
        {
            var taken = false;
            var reactor = world.Somebody(random);
            reactor?.Do("an alert", async () =>
            {
                taken = (await reactor.Loop.AcceptAsync([signal with { ReceivedAt = reactor.Clock.GetUtcNow() }], TimeSpan.FromSeconds(10), default)).Stored;
                if (taken && signal.Firing)
                    TakenAt = world.Time.Now;
            });

            // Whatever was not answered 2xx is sent again, as long as it is still news.
            world.After(TimeSpan.FromSeconds(random.Whole(12, 20)), () =>
            {
                if (!taken && told == _told)
                    Send(signal, told);
            });
        }
    }
}
