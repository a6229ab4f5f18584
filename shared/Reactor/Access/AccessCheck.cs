using Microsoft.AspNetCore.Http;

namespace Sophia.Keda.Reactor.Access;

/// <summary>The one check that every endpoint goes through.</summary>
/// <param name="keys">The keys valid at this moment: asked at each request, so that new keys count without a restart.</param>
/// <param name="insecure">Everyone may do everything; only allowed on loopback.</param>
/// <param name="easyAuth">The platform filters the principal header.</param>
public sealed class AccessCheck(Func<KeyRing> keys, bool insecure, bool easyAuth)
{
    /// <summary>The caller, or null when nothing valid was presented.</summary>
    public Caller? Find(HttpRequest request)
    {
        if (insecure) return Caller.Insecure;
        var ring = keys();
        foreach (var key in Credentials.Of(request))
        {
            if (ring.Find(key) is { } caller) return caller;
        }

        return easyAuth ? EasyAuth.Find(request) : null;
    }
}
