using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>The keys of one mapping: each is a setting or a section of its own. A key that is not here is a fault.</summary>
internal sealed class Section(string path)
{
    private readonly Dictionary<string, Action<PolicyNode, SettingSink>> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _removed = new(StringComparer.Ordinal);

    public IEnumerable<string> Keys => _keys.Keys;

    public Section Add(Section section)
    {
        _keys[section.Key] = section.Read;
        return this;
    }

    /// <summary>A key that sets a field of the policy.</summary>
    public Section Add<T>(string key, string field, ValueReader<T> reader, Func<Policy, T, Policy> change)
        where T : notnull
    {
        _keys[key] = (node, sink) =>
        {
            if (reader(node, sink.Faults, out var value))
                sink.Take(field, new Told<object>(Comparable(value), Path(key), node.Place), p => change(p, value));
        };
        return this;
    }

    /// <summary>A key with a reader of its own.</summary>
    public Section Add(string key, Action<PolicyNode, SettingSink> read)
    {
        _keys[key] = read;
        return this;
    }

    /// <summary>A key that was here: a file that still has it is refused, and told what to use. Like <see cref="RemovedSettings"/>.</summary>
    public Section Removed(string key, string use)
    {
        _removed[key] = RemovedSettings.Words(use);
        return this;
    }

    public void Read(PolicyNode node, SettingSink sink)
    {
        if (node is PolicyScalar { Text: "" or "~" or "null" })
            return; // "thresholds:" with nothing below sets nothing.
        if (node is not PolicyMap map)
        {
            sink.Faults.Add(node.Place, node.Show(), $"the settings of {path}");
            return;
        }

        foreach (var (key, value) in map.Entries)
        {
            if (_keys.TryGetValue(key.Text, out var read))
                read(value, sink);
            else
                sink.Faults.Add(key.Place, key.Text, _removed.GetValueOrDefault(key.Text) ?? Nearest.Of(key.Text, path, _keys.Keys));
        }
    }

    private string Key => path[(path.LastIndexOf('.') + 1)..];

    private string Path(string key) => path.Length == 0 ? key : $"{path}.{key}";

    // Lists compare by what they hold.
    private static object Comparable<T>(T value)
        where T : notnull => value is System.Collections.IEnumerable and not string ? string.Join(", ", ((System.Collections.IEnumerable)value).Cast<object>()) : value;
}
