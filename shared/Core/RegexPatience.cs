namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// How long one match may take, in milliseconds of the wall's clock. On a starved machine a second can pass within a match of microseconds: a
/// host once did not start over a duration of four letters. Our patterns are linear in texts that have bounds; this is for a mistake in one.
/// </summary>
public static class RegexPatience
{
    public const int Milliseconds = 60_000;
}
