using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>How the reactor answered a request of the story's people.</summary>
public sealed record Answered(int Status, JsonObject? Body)
{
    public string Text(string member) => Body?[member]?.ToString() ?? "";
}
