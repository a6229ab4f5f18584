using System.Globalization;
using System.Text;

namespace Sophia.Keda.Reactor.Metrics;

/// <summary>Writes the Prometheus text format, version 0.0.4.</summary>
public sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();
    private readonly HashSet<string> families = [];
    private string family = "";

    /// <summary>Begins a family. Its samples must follow at once: the format knows no second place for them.</summary>
    public void Family(string name, string type, string help)
    {
        if (!families.Add(name)) throw new InvalidOperationException($"metric family {name} was begun before");
        family = name;
        text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    public void Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Sample("", value, labels);

    /// <param name="suffix">Of a histogram: _bucket, _sum or _count.</param>
    /// <param name="value">The sample.</param>
    /// <param name="labels">In the order in which they are to stand.</param>
    public void Sample(string suffix, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(family).Append(suffix);
        for (var i = 0; i < labels.Length; i++)
        {
            text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"").Append(Escape(labels[i].Value)).Append('"');
        }

        if (labels.Length > 0) text.Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    public override string ToString() => text.ToString();

    private static string Escape(string value) => value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");

    /// <summary>As sample values and the bounds of buckets are written.</summary>
    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
