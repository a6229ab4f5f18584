using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MimeKit;
using Sophia.Keda.Reactor.Contracts.Tests.Cluster;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Paging.Channels.Email;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging.Email;

/// <summary>Debian's aiosmtpd on this machine, with a certificate of an authority of the test's own.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    public const string Program = "aiosmtpd";

    private readonly Process process;
    private readonly TemporaryFolder folder;
    private readonly TaskCompletionSource<int> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MailServer(Process process, TemporaryFolder folder, string caFile)
    {
        (this.process, this.folder, CaFile) = (process, folder, caFile);
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException("the mail server ended"));
    }

    public string CaFile { get; }

    public int Port => listening.Task.Result;

    public ConcurrentQueue<TakenMail> Taken { get; } = [];

    public static async Task<MailServer> StartAsync(EmailTls tls = EmailTls.None, bool elsewhere = false, JsonObject? more = null)
    {
        var own = new TemporaryFolder();
        using var authority = new Certificates();
        using var certificate = elsewhere ? authority.ServerElsewhere() : authority.Server();
        var (ca, cert, key) = (Path.Combine(own.Path, "ca.pem"), Path.Combine(own.Path, "cert.pem"), Path.Combine(own.Path, "key.pem"));
        await File.WriteAllTextAsync(ca, authority.AuthorityPem);
        await File.WriteAllTextAsync(cert, certificate.ExportCertificatePem());
        using (var secret = certificate.GetECDsaPrivateKey()!) await File.WriteAllTextAsync(key, secret.ExportPkcs8PrivateKeyPem());
        var options = more ?? [];
        (options["tls"], options["cert"], options["key"]) = (tls.ToString().ToLowerInvariant(), cert, key);

        // The package's module is there for the system's Python only, which another one may hide.
        var python = File.ReadLines(Programs.Find(Program)!).First()[2..].Trim();
        var started = new Process
        {
            EnableRaisingEvents = true,
            StartInfo = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, "Paging", "Email", "smtp_server.py"), options.ToJsonString()])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            },
        };
        var server = new MailServer(started, own, ca);
        started.Start();
        started.BeginOutputReadLine();
        await server.listening.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        return server;
    }

    /// <summary>Its word comes by another way than its answer, and may come later.</summary>
    public async Task<IReadOnlyList<TakenMail>> TakenAsync(int count)
    {
        for (var tries = 0; Taken.Count < count && tries < 1_000; tries++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        return [.. Taken];
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        process.Dispose();
        folder.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        var told = JsonNode.Parse(line)!;
        if (told["port"] is { } port) listening.TrySetResult((int)port);
        else Taken.Enqueue(new TakenMail((string)told["sender"]!, [.. told["to"]!.AsArray().Select(one => (string)one!)], (bool)told["encrypted"]!, (string?)told["user"], Convert.FromBase64String((string)told["raw"]!)));
    }
}

internal sealed record TakenMail(string Sender, string[] To, bool Encrypted, string? User, byte[] Raw)
{
    public MimeMessage Message => MimeMessage.Load(new MemoryStream(Raw));

    public string Text => Message.TextBody!;

    public string Html => Message.HtmlBody!;
}
