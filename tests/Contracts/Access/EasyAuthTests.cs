using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Access;

public sealed class EasyAuthTests
{
    private const string LongRole = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
    private const string LongId = "http://schemas.microsoft.com/identity/claims/objectidentifier";
    private const string OfAna = """{"typ":"oid","val":"11-22"}""";
    private const string Operator = """{"typ":"roles","val":"reactor.operator"}""";

    [Theory]
    [InlineData(true, "FlexConsumption", null, "true", true)]
    [InlineData(true, null, "i-1", "True", true)]
    [InlineData(true, null, null, "true", false)] // a container of somebody's own
    [InlineData(true, "FlexConsumption", null, "false", false)]
    [InlineData(true, "FlexConsumption", null, "1", false)]
    [InlineData(true, "FlexConsumption", null, null, false)]
    [InlineData(false, "FlexConsumption", "i-1", "true", false)] // func on a laptop, the standalone host
    public void It_is_believed_only_where_the_platform_says_so_and_there_is_one(bool onAzure, string? sku, string? instance, string? enabled, bool on)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            [new("WEBSITE_SKU", sku), new("WEBSITE_INSTANCE_ID", instance), new("WEBSITE_AUTH_ENABLED", enabled)]).Build();

        Assert.Equal(on, EasyAuth.IsOn(new Exposure(!onAzure, "", onAzure), configuration));
    }

    [Fact]
    public void Where_it_is_not_believed_it_is_taken_out_of_the_request()
    {
        var request = new DefaultHttpContext().Request;
        foreach (var name in new[] { "X-MS-CLIENT-PRINCIPAL", "x-ms-client-principal-id", "X-Ms-Client-Principal-Name", "X-MS-CLIENT-PRINCIPAL-IDP", "X-Other" })
            request.Headers[name] = "x";

        Assert.Null(new AccessCheck(() => new KeyRing(new Dictionary<Role, System.Collections.Immutable.ImmutableArray<string>>()), insecure: false, easyAuth: false).Find(request));

        Assert.Equal(["X-Other"], request.Headers.Keys);
    }

    [Theory]
    [InlineData("roles", "reactor.sender", Role.Sender)]
    [InlineData(LongRole, "reactor.viewer", Role.Viewer)]
    [InlineData(LongRole, "reactor.operator", Role.Operator)]
    public void An_app_role_is_found_under_its_short_and_its_long_name(string type, string value, Role role) =>
        Assert.Equal(role, Find(OfAna, $$"""{"typ":"{{type}}","val":"{{value}}"}""")?.Role);

    [Fact]
    public void Of_several_roles_the_widest_counts_whatever_stands_around_them() =>
        Assert.Equal(Role.Operator, Find(
            """{"typ":"roles","val":"reactor.sender"}""", Operator, OfAna, "7", "null", "[]", """{"typ":"roles"}""", """{"typ":5,"val":{}}""",
            """{"typ":"groups","val":["a"]}""", """{"typ":"roles","val":"reactor.viewer"}""")?.Role);

    [Theory]
    [InlineData("""{"typ":"roles","val":["reactor.operator"]}""")]
    [InlineData("""{"typ":"roles","val":{"val":"reactor.operator"}}""")]
    [InlineData("""{"typ":"roles","val":"[\"reactor.operator\"]"}""")]
    [InlineData("""{"typ":"name","val":"reactor.operator"}""")]
    [InlineData("""{"typ":"Roles","val":"reactor.operator"}""")]
    [InlineData("""{"typ":"roles","val":"Reactor.Operator "}""")]
    [InlineData("""{"claims":[{"typ":"roles","val":"reactor.operator"}]}""")]
    [InlineData("""{"typ":"name","typ":"roles","val":"reactor.operator"}""")]
    public void What_only_looks_like_one_of_our_roles_is_none(string claim) => Assert.Null(Find(OfAna, claim));

    [Fact]
    public void The_type_that_the_header_itself_names_for_roles_is_not_followed() =>
        Assert.Null(FindIn($$"""{"auth_typ":"aad","role_typ":"name","claims":[{{OfAna}},{"typ":"name","val":"reactor.operator"}]}"""));

    [Theory]
    [InlineData("""{"auth_typ":"github","claims":[CLAIMS]}""")]
    [InlineData("""{"claims":[CLAIMS]}""")]
    [InlineData("""{"auth_typ":"github","auth_typ":"aad","claims":[CLAIMS]}""")]
    [InlineData("""[CLAIMS]""")]
    [InlineData("""{"auth_typ":"aad","claims":{"a":[CLAIMS]}}""")]
    [InlineData("""{"auth_typ":"aad","x":[[[[[[[[[[1]]]]]]]]]],"claims":[CLAIMS]}""")]
    public void Only_a_plain_principal_of_entra_counts(string principal) => Assert.Null(FindIn(principal.Replace("CLAIMS", $"{OfAna},{Operator}")));

    [Fact]
    public void A_header_that_comes_twice_or_is_no_base64_or_far_too_long_is_nobody()
    {
        var good = Encoded($$"""{"auth_typ":"aad","claims":[{{OfAna}},{{Operator}}]}""");
        Assert.NotNull(FindBy(new StringValues(good)));

        Assert.Null(FindBy(new StringValues([good, good])));
        Assert.Null(FindBy(new StringValues(good + "," + good)));
        Assert.Null(FindBy(new StringValues(good[..^1])));
        Assert.Null(FindBy(new StringValues(good + "!")));
        Assert.Null(FindBy(new StringValues(Encoded($$"""{"auth_typ":"aad","claims":[{{OfAna}},{{Operator}}],"x":"{{new string('x', 60_000)}}"}"""))));
    }

    [Fact]
    public void The_caller_is_named_by_what_can_not_be_given_to_another_person()
    {
        Assert.Equal("entra:ana@example.org (11-22)", Find(OfAna, Operator)?.Principal);
        Assert.Equal("entra:33-44", FindIn($$"""{"auth_typ":"aad","claims":[{"typ":"{{LongId}}","val":"33-44"},{{Operator}}]}""", name: null)?.Principal);
        Assert.Equal("entra:from-the-header", FindIn($$"""{"auth_typ":"aad","claims":[{{Operator}}]}""", name: null, id: "from-the-header")?.Principal);
        Assert.Null(FindIn($$"""{"auth_typ":"aad","claims":[{{Operator}}]}""", id: null));

        var odd = FindIn($$"""{"auth_typ":"aad","claims":[{{OfAna}},{{Operator}}]}""", name: "ana\u202Egro\tx " + new string('y', 300))!.Principal;
        Assert.StartsWith("entra:ana gro x yyy", odd);
        Assert.EndsWith("(11-22)", odd);
        Assert.True(odd.Length < 130);
    }

    private static Caller? Find(params string[] claims) => FindIn($$"""{"auth_typ":"aad","name_typ":"x","role_typ":"roles","claims":[{{string.Join(',', claims)}}]}""");

    private static Caller? FindIn(string principal, string? name = "ana@example.org", string? id = null) => FindBy(new StringValues(Encoded(principal)), name, id);

    private static Caller? FindBy(StringValues header, string? name = "ana@example.org", string? id = null)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers[EasyAuth.HeaderPrefix] = header;
        if (name is not null) request.Headers[EasyAuth.HeaderPrefix + "-NAME"] = name;
        if (id is not null) request.Headers[EasyAuth.HeaderPrefix + "-ID"] = id;
        return EasyAuth.Find(request);
    }

    private static string Encoded(string principal) => Convert.ToBase64String(Encoding.UTF8.GetBytes(principal));
}
