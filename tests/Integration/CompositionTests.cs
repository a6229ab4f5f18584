using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class CompositionTests
{
    /// <summary>
    /// A container disposes of whatever each of its factories gives it, the last first. What has two names is closed under the second
    /// while those that were made before still use it: a run under way waited for ever for a store that was closed, and the process with it.
    /// </summary>
    [Fact]
    public async Task Nothing_that_must_be_closed_has_two_names()
    {
        var folder = Directory.CreateTempSubdirectory("reactor-composition-");
        List<Type> services = [];
        await using (var host = StandaloneHost.Build(new StandaloneOptions
        {
            Settings = new Dictionary<string, string?>(RunningHost.WithCluster(RunningHost.Keys)) { ["State:Path"] = Path.Combine(folder.FullName, "reactor.db") },
            Port = 0,
            Configure = made => services.AddRange(made
                .Where(service => service is { Lifetime: ServiceLifetime.Singleton, IsKeyedService: false, ServiceType.IsGenericTypeDefinition: false } && service.ServiceType != typeof(IHostedService)
                    && service.ServiceType.Namespace?.StartsWith("Sophia.", StringComparison.Ordinal) == true)
                .Select(service => service.ServiceType)),
        }))
        {
            var disposable = services.Distinct().Select(host.Services.GetRequiredService).Where(made => made is IDisposable or IAsyncDisposable).ToList();

            Assert.InRange(disposable.Count, 3, 30);
            Assert.Equal(disposable.Distinct(ReferenceEqualityComparer.Instance).Count(), disposable.Count);
        }

        folder.Delete(recursive: true);
    }
}
