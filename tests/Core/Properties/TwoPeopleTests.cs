using System.Globalization;

namespace Sophia.Keda.Reactor.Core.Tests.Properties;

/// <summary>Two people's orders in any sequence: each changes what it names and nothing else, and lasts until its own end or a reset.</summary>
public sealed class TwoPeopleTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Each_order_touches_what_it_names_and_lasts_until_its_end_or_a_reset(int seed)
    {
        var story = new Story(seed);
        try
        {
            for (var step = 0; step < 30; step++)
                story.Step();
            story.End();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}: {e.Message}\n{string.Join('\n', story.Told)}", e);
        }
    }

    /// <summary>What was ordered, kept apart from what is tested: who wants which targets away until when.</summary>
    private sealed record Wish(string Incident, HashSet<string> Targets, DateTimeOffset? Until);

    private sealed class Story
    {
        private static readonly string[] Names = ["a", "b", "c", "d", "e"];
        private readonly Random _random;
        private readonly World _world = new(Names);
        private readonly List<Wish> _wishes = [];
        private readonly Dictionary<string, string[]> _named = [];
        private int _orders;

        public Story(int seed)
        {
            _random = new Random(seed);
            _world.Run();
        }

        public List<string> Told { get; } = [];

        public void Step()
        {
            if (_random.Next(3) > 0)
                Order();
            else
                _world.Pass(TimeSpan.FromSeconds(30 * _random.Next(1, 30)));
            foreach (var wish in _wishes.Where(w => w.Until <= _world.Now))
                wish.Targets.Clear();
            foreach (var name in _wishes.SelectMany(w => w.Targets).Distinct())
                Assert.True(_world[name].Hpas is [{ Owner: HpaOwner.Reactor }], $"{name} is wanted away at {_world.Now:HH:mm:ss} and is not");
            Assert.All(_world.Panel.Incidents.Values, i => Assert.Single(i.Evidence));
            foreach (var page in _world.Pages.Where(p => p.IncidentId is not null))
                Assert.All(page.Targets, line => Assert.Contains(_named[page.IncidentId!], name => line.StartsWith($"sophia-mesh/{name}:", StringComparison.Ordinal)));
        }

        public void End()
        {
            _world.Hear(Given.Reset(_world, null, ResetMode.Immediate, "last"));
            _world.Pass(30);
            Assert.Empty(_world.Panel.Incidents);
            Assert.Empty(_world.Panel.Targets);
            Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Keda, Assert.Single(v.Hpas).Owner));
            Assert.All(_world.Targets.Values, v => Assert.Empty(v.Annotations));
            Assert.All(_world.Pages.GroupBy(p => p.DedupKey), pages => Assert.Equal((PageKind.Trigger, PageKind.Resolve), (pages.First().Kind, pages.Last().Kind)));
        }

        private void Order()
        {
            for (var i = 0; i < 6; i++)
                _world.Run(); // what follows by itself has followed
            var (by, id) = (_random.Next(2) == 0 ? "ana" : "ben", $"o{_orders++}");
            var name = Names[_random.Next(Names.Length)];
            var all = _random.Next(6) == 0;
            string[] named = all ? Names : [name];
            var trip = _random.Next(2) == 0;
            Order order = trip
                ? Given.Trip(_world, all ? null : name, id, duration: _random.Next(2) == 0 ? TimeSpan.FromMinutes(_random.Next(1, 40)) : null) with { By = by, Min = _random.Next(4) == 0 ? _random.Next(1, 21) : null }
                : _random.Next(3) == 0 && _wishes.Count > 0
                    ? Given.ResetIncident(_world, _wishes[_random.Next(_wishes.Count)].Incident, Mode(), id) with { By = by }
                    : Given.Reset(_world, all ? null : name, Mode(), id) with { By = by };
            if (order is IncidentResetOrder one)
                named = [.. _wishes.Where(w => w.Incident == one.IncidentId).SelectMany(w => _named[w.Incident]).Distinct()];
            var before = Names.Except(named).ToDictionary(n => n, Shown);
            var known = _world.Panel.Incidents.Keys.ToHashSet();
            _world.Hear(order);
            var verdict = _world.Verdicts[^1];
            Told.Add(string.Create(CultureInfo.InvariantCulture, $"{_world.Now:HH:mm:ss} {by} {order.GetType().Name} {(order is IncidentResetOrder r ? r.IncidentId : string.Join(',', named))} {(order as TripOrder)?.Duration} {(order as TripOrder)?.Min}: {verdict.Reason}"));
            foreach (var (other, was) in before)
                Assert.True(was == Shown(other), $"{other} was not named, and changed from {was} to {Shown(other)}");
            if (!verdict.Accepted)
                return;
            if (order is TripOrder tripped)
            {
                if (!known.Contains(verdict.IncidentId!)) // else it asked for more replicas only
                {
                    _named[verdict.IncidentId!] = named;
                    _wishes.Add(new Wish(verdict.IncidentId!, [.. named], _world.Now + tripped.Duration));
                }
            }
            else
            {
                foreach (var wish in _wishes.Where(w => order is not IncidentResetOrder reset || reset.IncidentId == w.Incident))
                    wish.Targets.ExceptWith(named);
            }
        }

        private ResetMode Mode() => _random.Next(2) == 0 ? ResetMode.Gradual : ResetMode.Immediate;

        private string Shown(string name)
        {
            var view = _world[name];
            return $"{string.Join(',', view.Annotations)} {string.Join(',', view.Hpas.Select(h => $"{h.Name} {h.Min}"))} {view.Replicas!.Desired}";
        }
    }
}
