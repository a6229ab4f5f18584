using System.Collections.Immutable;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;

namespace Sophia.Keda.Reactor.Contracts.Tests.Access;

public sealed class AccessCheckTests
{
    private const string Key = "0123456789abcdef";

    private static readonly KeyRing Ring = new(
        new Dictionary<Role, ImmutableArray<string>> { [Role.Viewer] = ["another-viewer-key", Key] });

    [Theory]
    [InlineData("x-functions-key", Key)]
    [InlineData("Authorization", "Bearer " + Key)]
    [InlineData("Authorization", "bearer " + Key)]
    [InlineData("Authorization", "Basic OjAxMjM0NTY3ODlhYmNkZWY=")]
    [InlineData("Authorization", "Basic YW5hOjAxMjM0NTY3ODlhYmNkZWY=")]
    public void A_key_is_found_wherever_a_client_may_put_it(string header, string value) =>
        Assert.Equal("key:viewer#2", Find(request => request.Headers[header] = value)?.Principal);

    [Fact]
    public void A_key_is_found_in_the_query() =>
        Assert.Equal("key:viewer#2", Find(request => request.QueryString = new QueryString($"?code={Key}"))?.Principal);

    [Theory]
    [InlineData("x-functions-key", "0123456789abcdeF")]
    [InlineData("x-functions-key", "0123456789abcde")]
    [InlineData("x-functions-key", "")]
    [InlineData("Authorization", Key)]
    [InlineData("Authorization", "Digest " + Key)]
    [InlineData("Authorization", "Basic " + Key)]
    [InlineData("Authorization", "Basic !!!")]
    [InlineData("Authorization", "Bearer")]
    [InlineData("Authorization", "Bearer ")]
    public void What_is_not_a_key_is_nobody(string header, string value) => Assert.Null(Find(request => request.Headers[header] = value));

    [Fact]
    public void A_wrong_key_in_one_place_does_not_spoil_a_right_one_in_another() => Assert.NotNull(Find(request =>
    {
        request.Headers["x-functions-key"] = "wrong";
        request.Headers.Authorization = $"Bearer {Key}";
    }));

    [Theory]
    [InlineData(Role.Sender, "sender")]
    [InlineData(Role.Viewer, "viewer")]
    [InlineData(Role.Operator, "sender viewer operator")]
    public void A_role_may_do_its_own_part_and_an_operator_everything(Role role, string may) =>
        Assert.Equal(may, string.Join(' ',
            Enum.GetValues<Role>().Where(new Caller("x", role).May).Select(r => r.ToString().ToLowerInvariant())));

    [Theory]
    [InlineData("x-functions-key")]
    [InlineData("Authorization")]
    public void A_key_of_the_functions_host_alone_grants_nothing(string header)
    {
        // As the host's own keys look, with the identity that the host gives to whoever shows one.
        const string hostKey = "vJ9nXwq0mT3sR8kLh2YbEo7ZcPf5UaDg1iNxKyQ4tVlWzFuOjM6AzFuABCDE==";

        var caller = Find(
            request =>
            {
                request.Headers[header] = header == "Authorization" ? $"Bearer {hostKey}" : hostKey;
                request.HttpContext.User = new ClaimsPrincipal(new ClaimsIdentity(
                    [new Claim("http://schemas.microsoft.com/2017/07/functions/claims/authlevel", "Admin"), new Claim(ClaimTypes.Role, "reactor.operator")], "WebJobsAuthLevel"));
            },
            easyAuth: true);

        Assert.Null(caller);
    }

    [Fact]
    public void The_platform_s_principal_counts_only_where_the_platform_filters_it()
    {
        Assert.Equal(new Caller("entra:ana@example.org (11111111-2222)", Role.Operator),
            Find(Principal("roles", "reactor.viewer", "reactor.operator"), easyAuth: true));
        Assert.Null(Find(Principal("roles", "reactor.operator"), easyAuth: false));
    }

    [Theory]
    [InlineData("roles", "admin")]
    [InlineData("name", "reactor.operator")]
    public void A_principal_without_one_of_our_roles_is_nobody(string type, string value) =>
        Assert.Null(Find(Principal(type, value), easyAuth: true));

    [Theory]
    [InlineData("")]
    [InlineData("%%%")]
    [InlineData("bm90IGpzb24=")]
    [InlineData("W10=")]
    [InlineData("eyJjbGFpbXMiOltbXV19")]
    [InlineData("eyJjbGFpbXMiOlt7InR5cCI6MSwidmFsIjoyfV19")]
    public void A_principal_that_can_not_be_read_is_nobody(string header) =>
        Assert.Null(Find(request => request.Headers[EasyAuth.HeaderPrefix] = header, easyAuth: true));

    private static Action<HttpRequest> Principal(string type, params string[] values) => request =>
    {
        var claims = string.Join(',', values.Select(value => $$"""{"typ":"{{type}}","val":"{{value}}"}"""));
        request.Headers[EasyAuth.HeaderPrefix] = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"auth_typ":"aad","role_typ":"roles","claims":[{{claims}}]}"""));
        request.Headers[EasyAuth.HeaderPrefix + "-NAME"] = "ana@example.org";
        request.Headers[EasyAuth.HeaderPrefix + "-ID"] = "11111111-2222";
    };

    private static Caller? Find(Action<HttpRequest> write, bool easyAuth = false)
    {
        var request = new DefaultHttpContext().Request;
        write(request);
        return new AccessCheck(() => Ring, insecure: false, easyAuth).Find(request);
    }
}
