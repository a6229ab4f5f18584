namespace Sophia.Keda.Reactor.Core.Tests.Table;

internal static class Introduction
{
    public const string Text = """
        # What the reactor decides: state × signal

        This table was not written, it was played: for each row a small world with four targets (a, b, c, d) was brought into the state, the
        signal was given to it, and `Decide` and `Plan` ran as the loop runs them, with a probe every 30 s. `tests/Core/Decisions` does it and
        compares with this file at every run, so that it cannot drift from the code. After a change that is meant:

            REACTOR_WRITE_DECISIONS=1 dotnet test tests/Core --filter DecisionTable

        How to read a row:

        - **signal**: what happens to target a (or to KEDA, or to the cluster). Alerts, orders and what others do are followed by one probe; a
          sign that must last is played for as long as it says.
        - **breaker**: what becomes of the targets, as people see them. A target that is not named stays as it was: what was before stands above
          the table.
        - **incident**: the stage of each incident, by its cause, where it is another one than before.
        - **reasons**: the names in the audit trail (`shared/Core/Reason.cs`), in the order in which they were first given.
        - **writes**: what was planned for the cluster, with the number of targets. Whether it was carried out depends on the state.
        - **pages**: what people on call are sent.

        What time alone does stands in the first row or rows of each section. A signal that leads to nothing more than that is named below the
        section's table with the reason. All settings are the defaults unless the section says otherwise.
        """;
}
