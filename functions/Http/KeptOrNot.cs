using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>
/// The words of a 503 about the store: what is wrong with it, and what became of the request as far as that is known. A reply that was lost
/// says nothing about what was done.
/// </summary>
internal static class KeptOrNot
{
    private const string Look = "GET /api/health says why.";

    /// <param name="requestId">Of an order.</param>
    public static Problem Of(StoreUnavailableException fault, HttpRequest request, string? requestId = null)
    {
        var (title, what) = fault switch
        {
            StoreContentException { Misfit: Misfit.Newer } => ("Newer version at work", "A newer version of the reactor has written the store: this instance leaves the deciding to it."),
            StoreContentException => ("Store not readable", $"What the store holds can't be read: it counts as down. {Look}"),
            _ => ("Store not available", $"The store can't be used now. {Look}"),
        };
        return Problem.Unavailable(title, $"{what} {(fault.NothingKept && Keeps(request) ? $"Nothing of this request was kept. {Again(requestId)}" : Unknown(request, requestId))}");
    }

    /// <summary>It is in the inbox, and the store failed the run that was to decide on it, before or after that.</summary>
    public static Problem Undecidable(string? requestId = null) => Problem.Unavailable(
        "Store not available", $"It is stored. Whether it was decided is not known: the store could not be used for that. {Look} {Again(requestId)}");

    /// <summary>What is to be said when nobody knows.</summary>
    public static string Unknown(HttpRequest request, string? requestId = null) =>
        Keeps(request) ? $"Whether it was kept is not known. {Again(requestId)}" : "Ask again.";

    private static string Again(string? requestId) =>
        requestId is null ? "Send it again as it is: it counts once." : $"Send it again with the same requestId, \"{requestId}\": it counts once.";

    private static bool Keeps(HttpRequest request) => HttpMethods.IsPost(request.Method);
}
