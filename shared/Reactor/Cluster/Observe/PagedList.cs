using System.Text.Json.Serialization.Metadata;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>One list, read page by page; or why it could not be.</summary>
internal sealed record Listing<T>(IReadOnlyList<T> Items, string Problem = "", int? Status = null)
    where T : ObjectDto
{
    /// <summary>Items that could not be read: each is left out by itself.</summary>
    public IReadOnlyList<UnreadItem> Unread { get; init; } = [];
}

/// <summary>What is listed: where, and of which kind its items are.</summary>
internal sealed record ListOf<T>(string Path, string ItemKind, JsonTypeInfo<T> Type)
    where T : ObjectDto
{
    public string? FieldSelector { get; init; }
}

/// <summary>Reads lists in pages, so that neither side ever holds thousands of objects at once.</summary>
internal sealed class PagedList(ApiClient api)
{
    public async Task<Listing<T>> ReadAsync<T>(ListOf<T> list, CancellationToken cancel, ByteBudget? budget = null)
        where T : ObjectDto
    {
        var (listing, expired) = await OnceAsync(list, budget, cancel);

        // 410 Expired: the list was compacted away between two pages. A mix of two moments would be no observation: begin anew.
        if (expired)
            (listing, _) = await OnceAsync(list, budget, cancel);
        return listing;
    }

    private async Task<(Listing<T> Listing, bool Expired)> OnceAsync<T>(ListOf<T> list, ByteBudget? budget, CancellationToken cancel)
        where T : ObjectDto
    {
        var items = new List<T>();
        var unread = new List<UnreadItem>();
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        var query = $"{list.Path}?limit={ApiBounds.PageSize}" + (list.FieldSelector is null ? "" : $"&fieldSelector={Uri.EscapeDataString(list.FieldSelector)}");
        var next = "";
        do
        {
            var request = ApiRequest.Get(next.Length == 0 ? query : $"{query}&continue={Uri.EscapeDataString(next)}");
            var answer = await api.SendAsync(request, body => Page<T>.Read(body.Span, list.ItemKind, list.Type), budget, cancel);
            if (!answer.IsSuccess || answer.Value is not { } page)
                return (new Listing<T>([], $"{list.Path}: {answer.Say()}", answer.Status), Expired: next.Length > 0 && answer.Status == 410);

            // A proxy's "{}", a Status or the list of another kind must not pass for a cluster without a single ScaledObject.
            if (page.Kind != list.ItemKind + "List")
                return Faulty($"the answer's kind is '{page.Kind}', expected {list.ItemKind}List");
            items.AddRange(page.Items);
            unread.AddRange(page.Unread);
            next = page.Continue;
            if (next.Length > ApiBounds.LongestToken)
                return Faulty($"a continue token has {next.Length} characters, expected at most {ApiBounds.LongestToken}");

            // A server that repeats a token, or always has one more, would keep us here for ever.
            if (next.Length > 0 && !tokens.Add(next))
                return Faulty("the same page was offered twice");
            if (next.Length > 0 && tokens.Count == ApiBounds.MostPages)
                return Faulty($"it goes on after {ApiBounds.MostPages} pages of {ApiBounds.PageSize}");
        }
        while (next.Length > 0);

        return (new Listing<T>(items) { Unread = unread }, Expired: false);

        (Listing<T>, bool) Faulty(string what) => (new Listing<T>([], Words.Cut($"{list.Path}: {what}")), false);
    }
}
