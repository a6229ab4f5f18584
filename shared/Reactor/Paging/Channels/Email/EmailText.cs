using System.Text;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

/// <summary>A page as plain text.</summary>
internal static class EmailText
{
    internal const int Title = 300;
    internal const int Section = 4_000;
    internal const int Short = 200;
    internal const int ShownTargets = 50;
    internal const int TargetLine = 250;

    public static string Of(Page page, IReadOnlyCollection<PageLink> links)
    {
        var text = new StringBuilder();
        text.Append(EmailMessage.SignOf(page)).Append(": ").AppendLine(PageText.Fit(page.Title, Title));
        text.AppendLine(string.Join(" | ", FootOf(page)));
        foreach (var (label, words) in SectionsOf(page)) text.AppendLine().AppendLine(label).AppendLine(PageText.Fit(words, Section));
        if (!page.Targets.IsEmpty)
        {
            var (lines, more) = PageText.First(page.Targets, ShownTargets, TargetLine);
            text.AppendLine().AppendLine($"Targets ({page.Targets.Length})");
            foreach (var line in lines) text.Append("- ").AppendLine(line);
            if (more > 0) text.AppendLine($"+{more} more");
        }

        if (links.Count > 0)
        {
            text.AppendLine();
            foreach (var link in links) text.AppendLine($"{link.Text}: {link.Url.AbsoluteUri}");
        }

        return text.ToString();
    }

    /// <summary>What a page says, under which heading; empty parts are left out.</summary>
    internal static IEnumerable<(string Label, string Words)> SectionsOf(Page page)
    {
        (string Label, string Words)[] all =
        [
            ("What happened", page.Happened),
            ("What the reactor did", page.Did),
            ("What comes next", page.NextAt is { } at ? $"{page.Next}\nAt {PageText.When(at)}.".TrimStart() : page.Next),
            ("What you may do", page.YouMay),
        ];
        return all.Where(section => section.Words.Length > 0);
    }

    internal static IEnumerable<string> FootOf(Page page) =>
    [
        $"cluster {PageText.Fit(page.Cluster, Short)}",
        page.IncidentId is { } id ? $"incident {PageText.Fit(id, Short)}" : "no incident",
        PageText.When(page.At),
    ];
}
