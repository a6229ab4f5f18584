namespace Sophia.Keda.Reactor.Sandbox.Story.Telling;

/// <summary>Shows the story while it plays: a live table in a terminal, lines in a log.</summary>
public interface ITeller
{
    void Happened(Milestone milestone);

    /// <summary>A page arrived at one of the receivers.</summary>
    void Arrived(DateTimeOffset at, string channel, string title);

    /// <summary>Why a target is as it is, in lines for a terminal.</summary>
    void Explained(DateTimeOffset at, string text);

    /// <summary>What a page says, whole.</summary>
    void Read(DateTimeOffset at, string page);

    void Look(Sighting sighting);
}
