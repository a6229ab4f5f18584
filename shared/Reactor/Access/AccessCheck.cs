using Microsoft.AspNetCore.Http;

namespace Sophia.Keda.Reactor.Access;

/// <summary>
/// The one check that every endpoint goes through, the same in both hosts. What a host or platform lets in on its own (a key of the Functions
/// host, a signed-in user) has no role here: only our keys and our app roles have.
/// </summary>
/// <param name="keys">The keys valid at this moment: asked at each request, so that new keys count without a restart.</param>
/// <param name="insecure">Everyone may do everything; only allowed on loopback.</param>
/// <param name="easyAuth">The platform filters the principal headers (<see cref="EasyAuth.IsOn"/>). Else they are taken out of each request.</param>
public sealed class AccessCheck(Func<KeyRing> keys, bool insecure, bool easyAuth)
{
    /// <summary>The caller, or null when nothing valid was presented.</summary>
    public Caller? Find(HttpRequest request)
    {
        if (!easyAuth) EasyAuth.Strip(request.Headers);
        if (insecure) return Caller.Insecure;
        var ring = keys();
        foreach (var key in Credentials.Of(request))
        {
            if (ring.Find(key) is { } caller) return caller;
        }

        return easyAuth ? EasyAuth.Find(request) : null;
    }
}
