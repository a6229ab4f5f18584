using System.Globalization;

namespace Sophia.Keda.Reactor.Simulator.Schedules;

/// <summary>One line of a schedule: a shorter schedule is one with fewer of them.</summary>
/// <param name="At">After the beginning.</param>
/// <param name="Kind">What.</param>
/// <param name="For">How long, where it lasts.</param>
/// <param name="Target">Which of the targets, by number.</param>
/// <param name="Dice">Decides everything else about it, so that it stays the same act in a shorter schedule.</param>
internal sealed record Act(TimeSpan At, ActKind Kind, TimeSpan For, int Target, ulong Dice)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{At:hh\\:mm\\:ss\\.fff} {Kind} {For:hh\\:mm\\:ss} {Target} {Dice:x16}");

    /// <summary>As <see cref="ToString"/> writes it.</summary>
    public static Act Read(string line) => line.Split(' ') is [var at, var kind, var lasts, var target, var dice]
        ? new Act(
            TimeSpan.Parse(at, CultureInfo.InvariantCulture), Enum.Parse<ActKind>(kind), TimeSpan.Parse(lasts, CultureInfo.InvariantCulture),
            int.Parse(target, CultureInfo.InvariantCulture), ulong.Parse(dice, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
        : throw new FormatException($"'{line}' is no act: expected time, kind, how long, target and dice");
}

internal sealed record Schedule(Setting Setting, IReadOnlyList<Act> Acts)
{
    /// <summary>When the last of it is over.</summary>
    public TimeSpan Length => Acts.Count == 0 ? TimeSpan.FromMinutes(1) : Acts.Max(act => act.At + act.For);

    public override string ToString() =>
        $"seed {Setting.Seed}, {Setting.Reactors} reactors, {4 + Setting.MoreTargets} targets\n{string.Join('\n', Acts)}";
}
