namespace Sophia.Keda.Reactor.Cluster;

/// <summary>A token from an identity provider.</summary>
/// <param name="Token">Sent as it is. A secret.</param>
/// <param name="ExpiresOn">The server refuses it from then on.</param>
/// <param name="RefreshOn">When the provider would have it renewed; null: it says nothing.</param>
public sealed record BearerToken(string Token, DateTimeOffset ExpiresOn, DateTimeOffset? RefreshOn = null)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => $"a token until {ExpiresOn:O}";
}

/// <summary>Asks an identity provider for a token. Throws what the provider throws; its message reaches the log.</summary>
public delegate ValueTask<BearerToken> AskForToken(CancellationToken cancel);
