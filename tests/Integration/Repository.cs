namespace Sophia.Keda.Reactor.Integration.Tests;

internal static class Repository
{
    /// <summary>The checkout that these tests were built in.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Sophia.Keda.Reactor.sln"))) return at.FullName;
        }

        throw new InvalidOperationException("these tests run from a checkout");
    }
}
