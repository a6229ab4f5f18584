using System.Text.Json;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Orders;

/// <summary>An order about pages: send again, or send a test.</summary>
/// <param name="Page">The one that is meant; null for every dead one.</param>
/// <param name="Channel">The channel that is meant; null for all.</param>
/// <param name="Reason">Why, in the words of who orders.</param>
/// <param name="By">Who orders, as they say.</param>
public sealed record PagesOrder(string? Page, string? Channel, string Reason, string By)
{
    private const int LongestPageId = 500;

    public static Reading<PagesOrder> Read(ReadOnlyMemory<byte> body, bool ofOnePage)
    {
        string[] known = ofOnePage ? ["page", "channel", "reason", "by"] : ["channel", "reason", "by"];
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 4 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return new Refusal(400, "Not an order", $"Expected a JSON object with {string.Join(", ", known)}.");
            var fields = new OrderFields(document.RootElement, known);
            var order = new PagesOrder(
                ofOnePage ? fields.Line("page", LongestPageId, required: false) : null,
                fields.Line("channel", 63, required: false),
                fields.Line("reason", 500, required: true) ?? "",
                fields.Line("by", 100, required: true) ?? "");
            return fields.Faults.IsEmpty ? order : new Refusal(400, "Order not understood", "Nothing was done. Mend what `errors` lists and send it again.") { Errors = fields.Faults };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return new Refusal(400, "Not JSON", $"The body can't be read as JSON: {Text.Clean(fault.Message, 300)}");
        }
    }
}
