using System.Globalization;

namespace Sophia.Keda.Reactor.Sandbox.Hpa;

/// <summary>Kubernetes quantities as whole thousandths: "5", "100m", "1.5", "2k".</summary>
public static class Quantity
{
    public static long? Milli(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        var digits = text.TrimEnd('m', 'k', 'M', 'G', 'i', 'K');
        var factor = text[digits.Length..] switch
        {
            "" => 1000m,
            "m" => 1m,
            "k" => 1_000_000m,
            "M" => 1_000_000_000m,
            "G" => 1_000_000_000_000m,
            "Ki" => 1024m * 1000,
            "Mi" => 1024m * 1024 * 1000,
            "Gi" => 1024m * 1024 * 1024 * 1000,
            _ => 0m,
        };
        return factor != 0 && decimal.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? (long)Math.Ceiling(number * factor)
            : null;
    }

    public static string Text(long milli) => milli % 1000 == 0 ? (milli / 1000).ToString() : $"{milli}m";
}
