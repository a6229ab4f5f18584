using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>
/// The head of the audit trail in the page that ends a story: a copy of it outside, which the store's owner can't change. It is put in
/// where the page is sent, since the core that wrote the page knows no store.
/// </summary>
internal static class TrailHead
{
    public static async Task<Page> InAsync(Page page, Func<CancellationToken, Task<TrailState>> trail, CancellationToken cancel)
    {
        var head = await WordsAsync(trail, cancel);
        var end = page.YouMay.Length > 0 && !page.YouMay.EndsWith('.') ? ". " : " ";
        return page with { YouMay = $"{page.YouMay}{end}{head}".TrimStart() };
    }

    private static async Task<string> WordsAsync(Func<CancellationToken, Task<TrailState>> trail, CancellationToken cancel)
    {
        try
        {
            var state = await trail(cancel);
            return state.Sealed.Sequence == 0
                ? "Audit head: no record is sealed yet."
                : $"Audit head: {state.Sealed} of chain {state.Chain}. Keep it: "
                    + $"GET /api/audit/verify?head={state.Sealed} shows later whether the trail up to here is still the same.";
        }
        catch (StoreUnavailableException)
        {
            return "Audit head: not known while the store is down."; // people are told all the same
        }
    }
}
