using Azure.Core;
using Sophia.Keda.Reactor.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class AzureIdentityTests
{
    [Fact]
    public async Task The_token_is_asked_for_AKS_and_its_times_are_kept()
    {
        var until = new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
        var credential = new Recorded(new AccessToken("t", until, until.AddHours(-1)));

        var token = await AzureIdentity.From(credential)(CancellationToken.None);

        Assert.Equal(["6dae42f8-4368-4678-94ff-3960e28e3630/.default"], credential.Asked);
        Assert.Equal(new BearerToken("t", until, until.AddHours(-1)), token);
    }

    [Theory]
    [InlineData("system")]
    [InlineData("default")]
    [InlineData("11111111-2222-3333-4444-555555555555")]
    public void Each_kind_of_identity_is_made_without_asking_anybody(string identity) => Assert.NotNull(AzureIdentity.Of(identity));

    private sealed class Recorded(AccessToken token) : TokenCredential
    {
        public List<string> Asked { get; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Asked.AddRange(requestContext.Scopes);
            return ValueTask.FromResult(token);
        }
    }
}
