using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>What a file says: the value, the key it was said under, and where.</summary>
internal sealed record Told<T>(T Value, string Key, Place Place);

/// <summary>Takes the settings as they are read and finds those that are said twice and differently.</summary>
internal sealed class SettingSink(FaultList faults)
{
    private readonly Dictionary<string, Told<object>> _told = new(StringComparer.Ordinal);
    private readonly List<Func<Policy, Policy>> _changes = [];

    public FaultList Faults => faults;

    public Told<string>? Environment { get; set; }

    /// <summary>Takes a value of the policy's field. Two keys may stand for one field; they must agree.</summary>
    /// <param name="field">The policy's property that it sets.</param>
    /// <param name="told">The value, in a form that compares by content.</param>
    /// <param name="change">Puts it into a policy.</param>
    public void Take(string field, Told<object> told, Func<Policy, Policy> change)
    {
        if (_told.TryGetValue(field, out var before) && !before.Value.Equals(told.Value))
        {
            faults.Say(
                told.Place,
                $"found '{Show(told.Value)}' for {told.Key}, expected '{Show(before.Value)}' as {before.Key} at {before.Place} says, or only one of the two");
        }

        _told.TryAdd(field, told);
        _changes.Add(change);
    }

    public void TakeEnvironment(string name, Place place)
    {
        if (Environment is { } before && before.Value != name)
            faults.Say(place, $"found '{name}' for environment, expected '{before.Value}' as {before.Place} says, or only one of the two");
        Environment ??= new Told<string>(name, "environment", place);
    }

    /// <summary>Where a field was set, or null when no file did.</summary>
    public Place? PlaceOf(string field) => _told.GetValueOrDefault(field)?.Place;

    public Policy Apply(Policy policy) => _changes.Aggregate(policy, (p, change) => change(p));

    private static string Show(object value) => value is TimeSpan duration ? Values.Show(duration) : value.ToString() ?? "";
}
