namespace Sophia.Keda.Reactor.Policies;

/// <summary>The keys of one mapping within a list, where each stands for itself: unknown and missing ones are faults.</summary>
internal sealed class MapFields
{
    private readonly PolicyMap _map;
    private readonly FaultList _faults;

    private MapFields(PolicyMap map, FaultList faults) => (_map, _faults) = (map, faults);

    /// <summary>False once anything of it was a fault.</summary>
    public bool Good { get; private set; } = true;

    public PolicyMap Map => _map;

    /// <summary>Null when it is no mapping.</summary>
    public static MapFields? Of(PolicyNode node, string path, FaultList faults, params string[] keys)
    {
        if (node is not PolicyMap map)
        {
            faults.Add(node.Place, node.Show(), $"a mapping with {string.Join(", ", keys)}");
            return null;
        }

        var fields = new MapFields(map, faults);
        foreach (var (key, _) in map.Entries.Where(e => !keys.Contains(e.Key.Text)))
            fields.Fault(key.Place, key.Text, Nearest.Of(key.Text, path, keys));
        return fields;
    }

    public bool Has(string key) => _map[key] is not null;

    /// <summary>Null when it is absent or faulty.</summary>
    public T? Value<T>(string key, ValueReader<T> reader)
        where T : struct
    {
        if (_map[key] is not { } node)
            return null;
        if (reader(node, _faults, out var value))
            return value;
        Good = false;
        return null;
    }

    /// <inheritdoc cref="Value"/>
    public string? Text(string key, ValueReader<string> reader)
    {
        if (_map[key] is not { } node)
            return null;
        if (reader(node, _faults, out var value))
            return value;
        Good = false;
        return null;
    }

    public void Need(string key, string what)
    {
        if (!Has(key))
            Fault(_map.Place, $"no {key}", what);
    }

    /// <summary>A fault of the whole entry, or of one key's value.</summary>
    public void Fault(string? key, string found, string expected) => Fault(key is not null && _map[key] is { } node ? node.Place : _map.Place, found, expected);

    private void Fault(Place place, string found, string expected)
    {
        Good = false;
        _faults.Add(place, found, expected);
    }
}
