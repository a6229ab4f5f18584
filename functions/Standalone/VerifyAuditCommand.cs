using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>
/// "verify-audit": the trail in the store of these settings, without starting the host; "verify-audit FILE": an exported JSON Lines file, with
/// no store at all. --head and --anchor take number:hash.
/// </summary>
public static class VerifyAuditCommand
{
    public const string Name = "verify-audit";

    private const int Fits = 0;
    private const int Wrong = 1;
    private const int Misused = 2;

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter answer, CancellationToken cancel)
    {
        var rest = new List<string>();
        AuditPoint? head = null, anchor = null;
        string? file = null;
        for (var i = 0; i < args.Count; i++)
        {
            var option = args[i] is "--head" or "--anchor";
            if (option && (i + 1 == args.Count || AuditHash.Parse(args[i + 1]) is null))
            {
                await answer.WriteLineAsync($"{args[i]}: expected number:hash, the hash of 64 hexadecimal digits");
                return Misused;
            }

            if (option && args[i] == "--head") head = AuditHash.Parse(args[++i]);
            else if (option) anchor = AuditHash.Parse(args[++i]);
            else if (i == 0 && !args[i].StartsWith('-')) file = args[i];
            else rest.Add(args[i]);
        }

        return file is null ? await StoreAsync([.. rest], head, answer, cancel) : await FileAsync(file, anchor, head, answer, cancel);
    }

    private static async Task<int> FileAsync(string file, AuditPoint? anchor, AuditPoint? head, TextWriter answer, CancellationToken cancel)
    {
        if (!File.Exists(file))
        {
            await answer.WriteLineAsync($"{file} is not there");
            return Misused;
        }

        var (fault, records, at) = AuditFile.Verify(await File.ReadAllLinesAsync(file, cancel), anchor, head);
        await answer.WriteLineAsync(Said(fault, records, at));
        return fault is null ? Fits : Wrong;
    }

    private static async Task<int> StoreAsync(string[] settings, AuditPoint? head, TextWriter answer, CancellationToken cancel)
    {
        await using var host = StandaloneHost.Build(new StandaloneOptions { Args = settings });
        var trail = host.Services.GetRequiredService<IAuditTrail>();
        await new AuditSealer(trail).SealAsync(cancel);
        var verdict = await AuditVerification.RunAsync(trail, from: null, head, () => true, cancel);
        await answer.WriteLineAsync($"{Said(verdict.Fault, verdict.Records, verdict.At)}, chain {verdict.Trail.Chain}");
        return verdict.Fault is null ? Fits : Wrong;
    }

    private static string Said(string? fault, long records, AuditPoint at) =>
        fault is null ? $"{records} records fit, head {at}" : $"After {records} records that fit, up to {at.Sequence}: {fault}";
}
