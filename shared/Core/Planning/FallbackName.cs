namespace Sophia.Keda.Reactor.Core;

public static class FallbackName
{
    public static string For(string scaledObject) => scaledObject + "-fallback";
}
