using System.Text.Json.Serialization.Metadata;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>One list, read page by page; or why it could not be.</summary>
internal sealed record Listing<T>(IReadOnlyList<T> Items, string Problem = "", int? Status = null)
    where T : ObjectDto;

/// <summary>Reads lists in pages, so that neither side ever holds thousands of objects at once.</summary>
internal sealed class PagedList(ApiClient api)
{
    private const int PageSize = 500;

    public async Task<Listing<T>> ReadAsync<T>(string path, string? fieldSelector, JsonTypeInfo<ListDto<T>> type, CancellationToken cancel)
        where T : ObjectDto
    {
        var (listing, expired) = await OnceAsync(path, fieldSelector, type, cancel);

        // 410 Expired: the list was compacted away between two pages. A mix of two moments would be no observation: begin anew.
        if (expired)
            (listing, _) = await OnceAsync(path, fieldSelector, type, cancel);
        return listing;
    }

    private async Task<(Listing<T> Listing, bool Expired)> OnceAsync<T>(
        string path, string? fieldSelector, JsonTypeInfo<ListDto<T>> type, CancellationToken cancel)
        where T : ObjectDto
    {
        var items = new List<T>();
        var query = $"{path}?limit={PageSize}" + (fieldSelector is null ? "" : $"&fieldSelector={Uri.EscapeDataString(fieldSelector)}");
        string? next = null;
        do
        {
            var request = ApiRequest.Get(next is null ? query : $"{query}&continue={Uri.EscapeDataString(next)}");
            var answer = await api.SendAsync(request, type, cancel);
            if (!answer.IsSuccess || answer.Value is not { } page)
                return (new Listing<T>([], $"{path}: {answer.Say()}", answer.Status), Expired: next is not null && answer.Status == 410);

            // A proxy's "{}" must not pass for a cluster without a single ScaledObject.
            if (page.Kind?.EndsWith("List", StringComparison.Ordinal) != true)
                return (new Listing<T>([], $"{path}: the answer's kind is '{page.Kind}', not a list"), Expired: false);
            foreach (var item in page.Items ?? [])
            {
                if (item is null || item.Name.Length == 0 || item.Uid.Length == 0)
                    return (new Listing<T>([], $"{path}: an item has no name or no uid"), Expired: false);
                items.Add(item);
            }

            // A server that repeats its token would keep us here for ever.
            if (page.Metadata?.Continue is { Length: > 0 } token && token == next)
                return (new Listing<T>([], $"{path}: the same page was offered twice"), Expired: false);
            next = page.Metadata?.Continue;
        }
        while (!string.IsNullOrEmpty(next));

        return (new Listing<T>(items), Expired: false);
    }
}
