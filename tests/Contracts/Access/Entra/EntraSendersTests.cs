using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Access.Entra;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Access.Entra;

public sealed class EntraSendersTests : IAsyncLifetime
{
    private readonly ManualTime time = new(new DateTimeOffset(2026, 8, 1, 10, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentQueue<string> log = new();
    private Authority authority = null!;
    private EntraSenders senders = null!;

    public async Task InitializeAsync()
    {
        authority = await Authority.StartAsync();
        senders = Senders();
    }

    public async Task DisposeAsync()
    {
        senders.Dispose();
        await authority.DisposeAsync();
    }

    [Fact]
    public async Task A_token_of_a_listed_application_makes_a_sender_and_nothing_more()
    {
        var proof = await FindAsync(authority.Token(Now));

        Assert.Equal(new Caller($"entra:{Authority.EventGrid}", Role.Sender), proof.Caller);
    }

    [Fact]
    public async Task A_token_of_the_first_version_is_as_good()
    {
        var proof = await FindAsync(authority.Token(Now, claims =>
        {
            claims["iss"] = Authority.FirstIssuer;
            claims["appid"] = Authority.EventGrid.ToUpperInvariant();
            claims["ver"] = "1.0";
            claims.Remove("azp");
        }));

        Assert.Equal(Role.Sender, proof.Caller?.Role);
    }

    public static TheoryData<string, string, JsonNode?> Wrong => new()
    {
        { "another audience", "aud", "api://another" },
        { "no audience", "aud", null },
        { "another tenant", "iss", "https://login.microsoftonline.com/99999999-2222-3333-4444-555555555555/v2.0" },
        { "no issuer", "iss", null },
        { "another application", "azp", "99999999-2222-3333-4444-555555555555" },
        { "no application", "azp", null },
        { "an application that is a list", "azp", new JsonArray(Authority.EventGrid) },
        { "expired", "exp", new DateTimeOffset(2026, 8, 1, 9, 54, 59, TimeSpan.Zero).ToUnixTimeSeconds() },
        { "without an end", "exp", null },
        { "not yet", "nbf", new DateTimeOffset(2026, 8, 1, 10, 5, 1, TimeSpan.Zero).ToUnixTimeSeconds() },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_token_that_is_wrong_in_one_thing_is_nobody_s(string what, string claim, JsonNode? value)
    {
        var proof = await FindAsync(authority.Token(Now, claims =>
        {
            if (value is null) claims.Remove(claim);
            else claims[claim] = value.DeepClone();
        }));

        Assert.True(proof == EntraProof.Nobody, what);
    }

    [Fact]
    public async Task Clocks_may_differ_by_some_minutes()
    {
        var old = authority.Token(Now, claims => claims["exp"] = Now.AddMinutes(-4).ToUnixTimeSeconds());

        Assert.NotNull((await FindAsync(old)).Caller);
    }

    [Fact]
    public async Task A_token_that_nobody_signed_is_nobody_s()
    {
        var token = authority.Token(Now, header: head => head["alg"] = "none");

        Assert.Equal(EntraProof.Nobody, await FindAsync(token));
        Assert.Equal(EntraProof.Nobody, await FindAsync(token[..(token.LastIndexOf('.') + 1)]));
    }

    [Fact]
    public async Task A_token_signed_by_another_under_the_authority_s_key_name_is_nobody_s()
    {
        using var stranger = RSA.Create(2048);

        Assert.Equal(EntraProof.Nobody, await FindAsync(authority.Token(Now, key: stranger)));
    }

    [Fact]
    public async Task The_public_key_is_no_secret_to_sign_with()
    {
        var token = authority.Token(Now, header: head => head["alg"] = "HS256");
        var signed = token[..token.LastIndexOf('.')];
        var forged = $"{signed}.{Authority.Base64Url(HMACSHA256.HashData(authority.PublicKey(), Encoding.ASCII.GetBytes(signed)))}";

        Assert.Equal(EntraProof.Nobody, await FindAsync(forged));
    }

    [Fact]
    public async Task A_token_that_was_changed_after_it_was_signed_is_nobody_s()
    {
        var parts = authority.Token(Now).Split('.');
        var other = authority.Token(Now, claims => claims["extra"] = "x").Split('.');

        Assert.Equal(EntraProof.Nobody, await FindAsync($"{parts[0]}.{other[1]}.{parts[2]}"));
    }

    [Theory]
    [InlineData("a-key-of-the-reactor")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30.")]
    public async Task What_is_no_such_token_asks_nobody(string bearer)
    {
        Assert.Equal(EntraProof.Nobody, await FindAsync(bearer));
        Assert.Equal(0, authority.Served);
    }

    [Fact]
    public async Task A_stranger_s_token_costs_no_request()
    {
        await FindAsync(authority.Token(Now, claims => claims["aud"] = "api://another"));
        await FindAsync(authority.Token(Now, claims => claims["azp"] = "another"));
        await FindAsync(authority.Token(Now, claims => claims["iss"] = "https://another/"));
        await FindAsync(authority.Token(Now, header: head => head["alg"] = "none"));

        Assert.Equal(0, authority.Served);
    }

    [Fact]
    public async Task Without_Entra_settings_nothing_is_asked_of_anyone()
    {
        using var none = new EntraSenders(null, _ => throw new InvalidOperationException("no network"), time, new Recorder(log));

        Assert.Equal(EntraProof.Nobody, await none.FindAsync(Request(authority.Token(Now)), default));
        Assert.Equal(0, authority.Served);
    }

    [Fact]
    public async Task Keys_are_fetched_once_for_many_callers()
    {
        var token = authority.Token(Now);
        var proofs = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => FindAsync(token)));

        Assert.All(proofs, proof => Assert.NotNull(proof.Caller));
        Assert.Equal(1, authority.Served);
    }

    [Fact]
    public async Task The_first_token_of_a_new_key_is_good_and_one_of_the_old_key_no_longer()
    {
        var old = authority.Token(Now);
        Assert.NotNull((await FindAsync(old)).Caller);
        authority.Roll();
        time.Advance(SigningKeys.AfterSuccess);

        Assert.NotNull((await FindAsync(authority.Token(Now))).Caller);
        Assert.Equal(EntraProof.Nobody, await FindAsync(old));
    }

    [Fact]
    public async Task Made_up_key_names_do_not_make_us_ask_without_end()
    {
        for (var i = 0; i < 20; i++)
            Assert.Equal(EntraProof.Nobody, await FindAsync(authority.Token(Now, header: head => head["kid"] = $"made-up-{i}")));

        Assert.Equal(1, authority.Served);
    }

    [Fact]
    public async Task Keys_are_asked_for_again_after_half_a_day()
    {
        Assert.NotNull((await FindAsync(authority.Token(Now))).Caller);
        time.Advance(SigningKeys.Fresh);
        Assert.NotNull((await FindAsync(authority.Token(Now))).Caller);

        Assert.Equal(2, authority.Served);
    }

    public static TheoryData<string> Outages => ["status", "redirect", "no JSON", "another issuer", "no keys", "keys elsewhere", "too large"];

    [Theory]
    [MemberData(nameof(Outages))]
    public async Task A_document_that_can_not_be_had_or_believed_is_neither_yes_nor_no(string how)
    {
        Break(how);

        Assert.Equal(EntraProof.NotNow, await FindAsync(authority.Token(Now)));

        (authority.Instead, authority.Bend) = (_ => false, _ => { });
        time.Advance(SigningKeys.AfterFailure);
        Assert.NotNull((await FindAsync(authority.Token(Now))).Caller);
    }

    [Fact]
    public async Task While_it_can_not_be_had_it_is_not_asked_for_at_every_call()
    {
        Break("status");
        for (var i = 0; i < 20; i++)
            Assert.True((await FindAsync(authority.Token(Now))).Unavailable);

        Assert.Equal(1, authority.Served);
    }

    [Fact]
    public async Task Keys_that_were_had_go_on_counting_for_a_day_through_an_outage()
    {
        var old = authority.Token(Now, claims => claims["exp"] = Now.AddDays(3).ToUnixTimeSeconds());
        Assert.NotNull((await FindAsync(old)).Caller);
        Break("status");
        time.Advance(SigningKeys.Usable - TimeSpan.FromMinutes(1));
        Assert.NotNull((await FindAsync(old)).Caller);
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(EntraProof.NotNow, await FindAsync(old));
    }

    [Fact]
    public async Task A_new_key_during_an_outage_is_not_now_and_never_a_no()
    {
        Assert.NotNull((await FindAsync(authority.Token(Now))).Caller);
        authority.Roll();
        Break("status");
        time.Advance(SigningKeys.AfterSuccess);

        Assert.Equal(EntraProof.NotNow, await FindAsync(authority.Token(Now)));
        Assert.Equal(EntraProof.NotNow, await FindAsync(authority.Token(Now)));
    }

    [Fact]
    public async Task No_part_of_a_token_is_ever_logged()
    {
        var tokens = new[] { authority.Token(Now, claims => claims["azp"] = "made-up-app"), authority.Token(Now, header: head => head["kid"] = "made-up-key") };
        foreach (var token in tokens) await FindAsync(token);
        Break("status");
        time.Advance(SigningKeys.Fresh);
        await FindAsync(authority.Token(Now));

        Assert.NotEmpty(log);
        Assert.DoesNotContain(log, line => line.Contains("eyJ", StringComparison.Ordinal) || line.Contains("made-up", StringComparison.Ordinal));
    }

    private DateTimeOffset Now => time.GetUtcNow();

    private EntraSenders Senders() => new(
        new EntraSettings(Authority.Tenant, [Authority.Audience], ["461e8683-5575-4561-ac7f-899cc907d62a", Authority.EventGrid], authority.Url), null, time, new Recorder(log));

    private Task<EntraProof> FindAsync(string bearer) => senders.FindAsync(Request(bearer), default);

    private static HttpRequest Request(string bearer)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = $"Bearer {bearer}";
        return context.Request;
    }

    private void Break(string how)
    {
        switch (how)
        {
            case "status": authority.Instead = context => Answered(context, 503); break;
            case "redirect": authority.Instead = context => Answered(context, 302, $"{authority.Url}keys"); break;
            case "no JSON": authority.Instead = context => Answered(context, 200); break;
            case "another issuer": authority.Bend = document => document["issuer"] = "https://another/"; break;
            case "no keys": authority.Bend = document => document.Remove("jwks_uri"); break;
            case "keys elsewhere": authority.Bend = document => document["jwks_uri"] = "http://192.0.2.1/keys"; break;
            case "too large": authority.Bend = document => document["more"] = new string('x', 1024 * 1024); break;
            default: throw new ArgumentOutOfRangeException(nameof(how), how, "no such outage");
        }
    }

    private static bool Answered(HttpContext context, int status, string? location = null)
    {
        context.Response.StatusCode = status;
        if (location is not null) context.Response.Headers.Location = location;
        return true;
    }

    private sealed class Recorder(ConcurrentQueue<string> lines) : ILogger<EntraSenders>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
