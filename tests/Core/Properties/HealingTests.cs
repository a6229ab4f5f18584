using System.Globalization;

namespace Sophia.Keda.Reactor.Core.Tests.Properties;

/// <summary>First faults and orders in any sequence, then healing: whatever happened, everything ends in one of its rightful states.</summary>
public sealed class HealingTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_happened_everything_ends_in_a_rightful_state(int seed)
    {
        var story = new Story(seed);
        try
        {
            story.Faults();
            story.Healing();
            story.AssertRightful();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}: {e.Message}\n{string.Join('\n', story.Told)}", e);
        }
    }

    /// <summary>One of these stories, for who reads what it told.</summary>
    internal static World Played(int seed)
    {
        var story = new Story(seed);
        story.Faults();
        story.Healing();
        return story.World;
    }

    private sealed class Story(int seed)
    {
        private static readonly string[] Names = ["a", "b", "c", "d", "e"];
        private static readonly Cause[] Alerts = [Cause.OperatorUnhealthy, Cause.MetricsServerUnavailable, Cause.Oscillation, Cause.ScalerErrors, Cause.ScalingLatencyHigh, Cause.ScalerEmpty, Cause.FallbackActive];

        // Not a secret and not a clock: the same seed tells the same story.
        private readonly Random _random = new(seed);
        private readonly World _world = new(Names);
        private readonly Dictionary<string, AlertSignal> _firing = [];
        private int _orders;

        public List<string> Told { get; } = [];

        public World World => _world;

        public void Faults()
        {
            _world.Run();
            for (var step = 0; step < 40; step++)
            {
                Event();
                if (_random.Next(3) > 0)
                    _world.Pass(TimeSpan.FromSeconds(30 * _random.Next(1, 12)));
                else
                    _world.Run();
                Safe();
            }
        }

        public void Healing()
        {
            _world.OperatorAlive = _world.MetricsServerUp = _world.Visible = true;
            _world.Hangs = _world.Stuck = _world.Deaf = false;
            _world.Refuses = _ => null;
            _world.Ends = _ => Outcome.Done;
            _world.Sourceless.Clear();
            foreach (var view in _world.Targets.Values.ToList())
            {
                _world.Change(view.Id.Name, v => v with { Ready = new("True", "ScaledObjectReady", ""), KedaFallback = null });
                if (view.KedaHpa is not null)
                    _world.KedaHpaShows(view.Id.Name, "True", "ValidMetricFound");
            }

            Told.Add("healing");
            foreach (var alert in _firing.Values)
                _world.Hear(alert with { Firing = false, EndsAt = _world.Now });
            Reset();
            _world.Pass(120);
            Reset(); // what a hold or a refusal kept from the first
            _world.Pass(60);
        }

        public void AssertRightful()
        {
            Safe();
            foreach (var (id, view) in _world.Targets)
            {
                var tripped = _world.Panel.Targets.GetValueOrDefault(id);
                if (tripped is not null)
                {
                    Assert.True(tripped.HeldBecause.Length > 0, $"{id} is neither back nor held: {tripped}");
                    continue;
                }

                Assert.False(view.Annotations.ContainsKey(Annotations.Incident), $"{id} still carries our mark");
                Assert.Null(view.FallbackHpa);
                if (Pauses.ByOthers(view, weTripped: false) is null)
                    Assert.Equal(HpaOwner.Keda, Assert.Single(view.Hpas).Owner);
            }

            Assert.All(_world.Panel.Incidents.Values, i => Assert.True(
                i.Hold is not null || i.Members.Keys.Any(m => _world.Panel.Targets.GetValueOrDefault(m) is { HeldBecause.Length: > 0 }), $"{i.Id} is neither closed nor held: {i.Recovery}"));
            foreach (var closed in _world.Closed.Where(c => !_world.Panel.Incidents.ContainsKey(c.Id))) // else it was reopened
                Assert.Equal(PageKind.Resolve, _world.Pages.Last(p => p.IncidentId == closed.Id).Kind);
            foreach (var pages in _world.Pages.GroupBy(p => p.DedupKey))
            {
                Assert.Equal(PageKind.Trigger, pages.First().Kind);
                var ends = pages.Where(p => p.Kind is PageKind.Trigger or PageKind.Resolve).Select(p => p.Kind).ToList();
                Assert.All(ends.Index(), end => Assert.Equal(end.Index % 2 == 0 ? PageKind.Trigger : PageKind.Resolve, end.Item)); // more than one of each when it was reopened
            }

            Assert.Equal(_world.Pages.Count, _world.Pages.Select(p => p.Id).Distinct().Count());
            Assert.Empty(_world.Panel.Notices);
        }

        private void Event()
        {
            var name = Names[_random.Next(Names.Length)];
            var what = _random.Next(17);
            var signals = Array.Empty<Signal>();
            switch (what)
            {
                case 0: _world.OperatorAlive = !_world.OperatorAlive; break;
                case 1: _world.MetricsServerUp = !_world.MetricsServerUp; break;
                case 2: _world.Visible = !_world.Visible; break;
                case 3: _world.Hangs = !_world.Hangs; break;
                case 4: _world.Deaf = !_world.Deaf; break;
                case 5 when !_world.Sourceless.Remove(name): _world.Sourceless.Add(name); break;
                case 5 when _world.Targets.ContainsKey(World.Id(name)): _world.KedaHpaShows(name, "True", "ValidMetricFound"); break;
                case 6: HumanPauses(name); break;
                case 7: HumanLetsGo(name); break;
                case 8 when _world.Targets.ContainsKey(World.Id(name)): _world.Delete(name); break;
                case 8: _world.Add(name); _world.Change(name, v => v with { Uid = $"uid-{name}-{_world.Now.UtcTicks}" }); break;
                case 9 or 10: signals = [Fire(name)]; break;
                case 11 when _firing.Count > 0: signals = [Resolve()]; break;
                case 12: signals = [Given.Trip(_world, _random.Next(3) == 0 ? null : name, $"o{_orders++}", Action(), _random.Next(2) == 0 ? TimeSpan.FromMinutes(5) : null) with { Replicas = 6, Min = _orders % 3 == 0 ? 15 : null }]; break;
                case 13: signals = [Given.Reset(_world, _random.Next(3) == 0 ? null : name, _random.Next(2) == 0 ? ResetMode.Gradual : ResetMode.Immediate, $"o{_orders++}")]; break;
                case 14 when !_world.Panel.Incidents.IsEmpty:
                    var incident = _world.Panel.Incidents.Keys.ElementAt(_random.Next(_world.Panel.Incidents.Count));
                    signals = [Given.OnIncident(_world, incident, (IncidentOrderKind)_random.Next(3), $"o{_orders++}")];
                    break;
                case 15: RefuseSome(); break;
                case 16: EndSomeBadly(); break;
            }

            Told.Add(string.Create(CultureInfo.InvariantCulture, $"{_world.Now:HH:mm:ss} {what} {name} {string.Join(' ', signals.Select(s => s.ToString()![..Math.Min(160, s.ToString()!.Length)]))}"));
            if (signals.Length > 0)
                _world.Hear(signals);
        }

        private void HumanPauses(string name)
        {
            // A human's "true" over ours cannot be told from ours; any other way of pausing can.
            if (!_world.Targets.TryGetValue(World.Id(name), out var view))
                return;
            if (_random.Next(2) == 0)
                _world.Annotate(name, Annotations.PausedReplicas, "3");
            else if (!view.Annotations.ContainsKey(Annotations.Incident))
                _world.Annotate(name, Annotations.Paused, "true");
        }

        private void HumanLetsGo(string name)
        {
            if (!_world.Targets.ContainsKey(World.Id(name)))
                return;
            _world.Annotate(name, Annotations.PausedReplicas, null);
            if (_random.Next(2) == 0)
                _world.Annotate(name, Annotations.Paused, null); // ours too: somebody who knows better
        }

        private FallbackAction? Action() => _random.Next(4) is var n and < 3 ? (FallbackAction)n : null;

        private AlertSignal Fire(string name)
        {
            var cause = Alerts[_random.Next(Alerts.Length)];
            var alert = Given.Alert(_world, cause, name, fingerprint: $"{cause}/{name}", startsAt: _random.Next(3) == 0 ? World.Start : _world.Now);
            _firing[alert.Fingerprint] = alert;
            return alert;
        }

        private AlertSignal Resolve()
        {
            var alert = _firing.Values.ElementAt(_random.Next(_firing.Count));
            _firing.Remove(alert.Fingerprint);
            return alert with { Firing = false, EndsAt = _world.Now };
        }

        private void RefuseSome()
        {
            var kind = _random.Next(5);
            _world.Refuses = w => (w, kind) switch
            {
                (AnnotateScaledObject, 0) or (ApplyFallbackHpa, 1) or (DeleteHpa, 2) => "not now",
                _ => null,
            };
        }

        private void EndSomeBadly()
        {
            var often = _random.Next(2, 6);
            var heal = _random.Next(2) == 0;
            _world.Ends = _ => heal || _random.Next(often) > 0 ? Outcome.Done : (Outcome)_random.Next(2, 6) is var o and not Outcome.Refused ? o : Outcome.LostReply;
        }

        private void Reset()
        {
            _world.Hear(Given.Reset(_world, null, ResetMode.Gradual, $"o{_orders++}"));
            foreach (var incident in _world.Panel.Incidents.Values.Where(i => i.Hold is not null).ToList())
                _world.Hear(Given.OnIncident(_world, incident.Id, IncidentOrderKind.Release, $"o{_orders++}"));
        }

        /// <summary>Deciding again on the same look comes to rest: a few steps may follow from one another, and then nothing more is said or saved.</summary>
        private void Settles()
        {
            var input = _world.Decisions[^1].Input with { Panel = _world.Panel, Signals = [], Now = _world.Now };
            for (var step = 0; step < 5; step++)
                input = input with { Panel = Decide.Run(input).Panel };
            var rest = Decide.Run(input);
            Assert.Empty(rest.Pages);
            Assert.Empty(rest.Audit);
        }

        /// <summary>What must hold at every moment, in every state of the faults.</summary>
        private void Safe()
        {
            foreach (var (id, view) in _world.Targets)
            {
                var refused = _world.Panel.Targets.GetValueOrDefault(id) is { } t && (t.Problem.Length > 0 || t.Phase != Phase.OnFallback);
                var disturbed = !_world.Visible || refused;
                Assert.True(disturbed || view.KedaHpa is null || view.FallbackHpa is null, $"{id} has two autoscalers at rest");
            }

            Assert.DoesNotContain(_world.Written.OfType<AnnotateScaledObject>(), w => w.Annotations.GetValueOrDefault(Annotations.Paused) == "");
            Assert.DoesNotContain(_world.Written.OfType<AnnotateScaledObject>(), w => w.Annotations.ContainsKey(Annotations.PausedReplicas));
            foreach (var incidents in _world.Panel.Incidents.Values.Where(i => i.Cause != Cause.Manual || i.Left).GroupBy(i => (i.Cause, i.Left)))
                Assert.Single(incidents);
            Assert.All(_world.Panel.Incidents.Values.Where(i => i.Cause == Cause.Manual && !i.Left), i => Assert.Single(i.Evidence));
            Settles();
        }
    }
}
