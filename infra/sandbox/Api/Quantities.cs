using System.Globalization;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>Quantities as the API server reads them back: 0.5 as 500m, 1000m as 1, 1024Mi as 1Gi (apimachinery's pkg/api/resource).</summary>
internal static partial class Quantities
{
    private const string Binary = "KMGTPE";
    private const decimal Nano = 1e-9m;

    private static readonly (string Suffix, decimal Factor)[] Decimals =
    [
        ("E", 1e18m), ("P", 1e15m), ("T", 1e12m), ("G", 1e9m), ("M", 1e6m), ("k", 1e3m), ("", 1m), ("m", 1e-3m), ("u", 1e-6m), ("n", Nano),
    ];

    /// <returns>Null: that is no quantity.</returns>
    public static string? Canonical(string text)
    {
        var read = Form().Match(text.Trim());
        if (!read.Success)
            return null;
        try
        {
            var (value, suffix, exponent) = Read(read);

            // Less than a billionth is rounded away from zero.
            if (value % Nano != 0)
                value = (decimal.Truncate(value / Nano) + Math.Sign(value)) * Nano;
            return suffix.EndsWith('i') && decimal.Truncate(value) == value && Math.Abs(value) >= 1024 ? InBinary(value) : InDecimal(value, exponent);
        }
        catch (OverflowException)
        {
            return long.MaxValue.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Null: that is no quantity, or too large a one to count with.</summary>
    public static decimal? Number(string text)
    {
        try
        {
            return Form().Match(text.Trim()) is { Success: true } read ? Read(read).Value : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static (decimal Value, string Suffix, bool Exponent) Read(Match read)
    {
        var suffix = read.Groups["suffix"].Value;
        var exponent = suffix.Length > 1 && (suffix[0] is 'e' or 'E') && !suffix.EndsWith('i');
        return (decimal.Parse(read.Groups["number"].Value, NumberStyles.Float, CultureInfo.InvariantCulture) * Factor(suffix, exponent), suffix, exponent);
    }

    private static decimal Factor(string suffix, bool exponent) => suffix switch
    {
        _ when exponent => decimal.Parse("1" + suffix, NumberStyles.Float, CultureInfo.InvariantCulture),
        [var unit, 'i'] => Enumerable.Repeat(1024m, Binary.IndexOf(unit) + 1).Aggregate(1m, (all, one) => all * one),
        _ => Decimals.Single(d => d.Suffix == suffix).Factor,
    };

    private static string InBinary(decimal value)
    {
        var times = 0;
        for (; times < Binary.Length && value % 1024 == 0; times++)
            value /= 1024;
        return Plain(value) + (times == 0 ? "" : $"{Binary[times - 1]}i");
    }

    private static string InDecimal(decimal value, bool exponent)
    {
        if (value == 0)
            return "0";
        var (suffix, factor) = Decimals.First(d => value % d.Factor == 0);
        var power = 18 - (3 * Array.FindIndex(Decimals, d => d.Factor == factor));
        return Plain(value / factor) + (!exponent ? suffix : power == 0 ? "" : $"e{power}");
    }

    private static string Plain(decimal whole) => whole.ToString("0", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<number>[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+))(?<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: RegexPatience.Milliseconds)]
    private static partial Regex Form();
}
