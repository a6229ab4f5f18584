using System.Text;
using MailKit;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

/// <summary>What the server said since our last command. MailKit's exceptions lose it where every mechanism was refused as too weak (534), which is Gmail's word for "an app password, please".</summary>
internal sealed class LastReply : IProtocolLogger
{
    private const int Most = 4_096;

    private readonly StringBuilder said = new();

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>Of the last line; 0 when there was none.</summary>
    public int Status => Lines is [.., var last] && int.TryParse(last.AsSpan(0, Math.Min(3, last.Length)), out var status) ? status : 0;

    /// <summary>Without the status before each line.</summary>
    public string Words => string.Join(' ', Lines.Select(line => line.Length > 4 ? line[4..] : ""));

    private string[] Lines => said.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

    public void LogConnect(Uri uri) => said.Clear();

    /// <summary>Never kept: it may hold the password.</summary>
    public void LogClient(byte[] buffer, int offset, int count) => said.Clear();

    public void LogServer(byte[] buffer, int offset, int count)
    {
        if (said.Length < Most) said.Append(Encoding.UTF8.GetString(buffer, offset, count));
    }

    public void Dispose() => said.Clear();
}
