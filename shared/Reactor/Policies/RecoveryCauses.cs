using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>recovery.causes: who lets the recovery begin, for each cause that is to differ from the defaults.</summary>
internal static class RecoveryCauses
{
    private static readonly ValueReader<RecoveryMode> s_mode = Values.OneOf([.. Enum.GetValues<RecoveryMode>().Select(m => (RecoveryModes.Name(m), m))]);

    public static void Read(PolicyNode node, SettingSink sink)
    {
        if (node is PolicyScalar { Text: "" or "~" or "null" })
            return;
        if (node is not PolicyMap causes)
        {
            sink.Faults.Add(node.Place, node.Show(), "causes, each with who lets its recovery begin");
            return;
        }

        foreach (var (name, value) in causes.Entries)
        {
            var cause = RecoveryModes.Choosable.Where(c => Causes.Slug(c) == name.Text).Select(c => (Cause?)c).FirstOrDefault();
            if (cause is not { } known)
                sink.Faults.Add(name.Place, name.Text, $"one of {string.Join(", ", RecoveryModes.Choosable.Select(Causes.Slug))}");
            else if (s_mode(value, sink.Faults, out var mode))
            {
                sink.Take(
                    $"{nameof(Policy.Recoveries)}[{name.Text}]",
                    new Told<object>(RecoveryModes.Name(mode), $"recovery.causes.{name.Text}", value.Place),
                    p => p with { Recoveries = p.Recoveries.SetItem(known, mode) });
            }
        }
    }
}
