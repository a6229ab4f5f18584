using System.Globalization;
using System.Text;

namespace Sophia.Keda.Reactor.Sandbox.Exporters;

/// <summary>A page of gauges as Prometheus scrapes it: each family once, in order of its name.</summary>
internal sealed class Exposition
{
    private readonly SortedDictionary<string, StringBuilder> _families = new(StringComparer.Ordinal);

    public void Gauge(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        if (!_families.TryGetValue(name, out var family))
            _families[name] = family = new StringBuilder($"# TYPE {name} gauge\n");
        family.Append(name);
        for (var i = 0; i < labels.Length; i++)
            family.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"").Append(labels[i].Value).Append('"');
        family.Append(labels.Length > 0 ? "} " : " ").Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    public override string ToString() => string.Concat(_families.Values);
}
