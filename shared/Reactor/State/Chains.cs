using System.Security.Cryptography;

namespace Sophia.Keda.Reactor.State;

/// <summary>Names for the unbroken life of a store.</summary>
public static class Chains
{
    public static string New() => RandomNumberGenerator.GetHexString(16, lowercase: true);
}
