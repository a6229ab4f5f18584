using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Sophia.Keda.Reactor.Functions.Confirm;

/// <param name="Title">What the button says.</param>
/// <param name="Effect">What will happen.</param>
/// <param name="Path">Where the order goes, from the page's own address; INCIDENT stands for the incident's id.</param>
/// <param name="Body">Members of the order beside reason and by, as JSON; INCIDENT stands for the id here too, which has nothing in it to escape.</param>
internal sealed record Confirmable(string Title, string Effect, string Path, string Body);

/// <summary>
/// The page behind a link in a message. Chat programs fetch links to preview them, so opening it changes nothing and shows nothing that the
/// link did not hold: a human presses the button, with a key of their own. It carries no key, and it loads nothing from elsewhere.
/// </summary>
internal static class ConfirmPage
{
    public static ImmutableSortedDictionary<string, Confirmable> Orders { get; } = new Dictionary<string, Confirmable>
    {
        ["ack"] = new("Acknowledge", "You take the incident over; nobody else is called. Nothing changes in the cluster.", "../incidents/INCIDENT/ack", "{}"),
        ["hold"] = new("Hold recovery", "Targets stay on their fallback until somebody releases the incident.", "../incidents/INCIDENT/hold", "{}"),
        ["release"] = new("Release", "Recovery goes on: verify KEDA, one canary, then waves.", "../incidents/INCIDENT/release", "{}"),
        ["reset"] = new(
            "Give this incident back",
            "The targets that this incident has on the fallback go back to KEDA step by step: canary, then waves. No other target is touched, and one that another incident holds too stays on its fallback until that one allows it.",
            "../breakers/reset",
            """{"scope":"incident","incident":"INCIDENT","mode":"gradual"}"""),
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private const string Style = """
        body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1a1d21}
        main{max-width:34rem;margin:2rem auto;padding:1.5rem;background:#fff;border-radius:.5rem;box-shadow:0 1px 4px #0002}
        h1{font-size:1.3rem;margin:0 0 .5rem}code{background:#eef0f3;padding:.1rem .3rem;border-radius:.2rem;overflow-wrap:anywhere}
        label{display:block;margin-top:1rem;font-weight:600}input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #9aa1ab;border-radius:.3rem}
        button{font:inherit;margin:1.2rem .5rem 0 0;padding:.6rem 1rem;border:0;border-radius:.3rem;background:#0b57d0;color:#fff;cursor:pointer}
        button.plain{background:#e3e6ea;color:#1a1d21}button:disabled{opacity:.5}
        pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#eef0f3;padding:.8rem;border-radius:.3rem}.bad{color:#b3261e}
        """;

    private const string Script = """
        const form = document.querySelector('form'), said = document.querySelector('pre'), data = document.body.dataset;
        const value = name => form.elements[name].value.trim();
        async function ask(path, init) {
          said.hidden = false; said.className = ''; said.textContent = 'Asking ...';
          try {
            const answer = await fetch(path, {...init, redirect: 'error', headers: {'x-functions-key': value('key'), ...init.headers}});
            const text = await answer.text();
            let shown; try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { shown = text; }
            said.className = answer.ok ? '' : 'bad';
            said.textContent = (answer.ok ? '' : 'Refused (' + answer.status + ')\n') + shown;
            return answer.ok;
          } catch { said.className = 'bad'; said.textContent = 'No answer. Nothing is known about the order: look at the incident before you send it again.'; return false; }
        }
        document.querySelector('button.plain').addEventListener('click', () => ask('../incidents/' + encodeURIComponent(data.incident), {}));
        form.addEventListener('submit', async event => {
          event.preventDefault();
          const button = document.querySelector('button.go'); button.disabled = true;
          const body = {...JSON.parse(data.body), reason: value('reason'), by: value('by')};
          const done = await ask(data.path, {method: 'POST', body: JSON.stringify(body), headers: {'content-type': 'application/json', 'X-Reactor-Order': '1'}});
          if (!done) button.disabled = false;
        });
        """;

    /// <summary>The page's own script and style by their hashes, answers of this host, and nothing else.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; script-src '{Hash(Script)}'; style-src '{Hash(Style)}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static string Html(Confirmable order, string incident)
    {
        var shown = WebUtility.HtmlEncode(incident);
        return $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">
            <title>{WebUtility.HtmlEncode(order.Title)}</title><style>{Style}</style></head>
            <body data-incident="{shown}" data-path="{WebUtility.HtmlEncode(order.Path.Replace("INCIDENT", Uri.EscapeDataString(incident), StringComparison.Ordinal))}" data-body="{WebUtility.HtmlEncode(order.Body.Replace("INCIDENT", incident, StringComparison.Ordinal))}">
            <main><h1>{WebUtility.HtmlEncode(order.Title)}</h1>
            <p>Incident <code>{shown}</code></p><p>{WebUtility.HtmlEncode(order.Effect)} Opening this page has changed nothing.</p>
            <form autocomplete="off">
            <label>Your name <input name="by" required maxlength="100" autocomplete="name"></label>
            <label>Reason <input name="reason" required maxlength="500"></label>
            <label>Your key (operator; a viewer's shows the incident) <input name="key" type="password" required autocomplete="off"></label>
            <button class="go" type="submit">{WebUtility.HtmlEncode(order.Title)}</button><button class="plain" type="button">Show the incident</button>
            </form><pre hidden role="status"></pre></main><script>{Script}</script></body></html>
            """;
    }

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
