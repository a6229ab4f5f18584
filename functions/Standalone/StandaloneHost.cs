using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Sophia.Keda.Reactor.Schedules;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Telemetry;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>Serves the functions without Azure: Kestrel for the HTTP triggers, timers in the injected time.</summary>
public sealed class StandaloneHost : IAsyncDisposable
{
    /// <summary>The same as in host.json, a test sees to it.</summary>
    public const string RoutePrefix = "/api/";

    private readonly WebApplication app;

    private StandaloneHost(WebApplication app) => this.app = app;

    public IServiceProvider Services => app.Services;

    /// <summary>The first address it listens on; known once it has started.</summary>
    public Uri Address => new(app.Urls.First());

    /// <exception cref="SettingsException">With every fault of the settings.</exception>
    public static StandaloneHost Build(StandaloneOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = options.ContentRoot ?? Directory.GetCurrentDirectory() });
        var faults = HostConfiguration.Fill(builder.Configuration, options, builder.Environment.ContentRootPath);
        var listening = Listening.Of(options.Port, builder.Configuration);
        var table = FunctionTable.Of(typeof(StandaloneHost).Assembly);

        AddLogging(builder.Logging, options);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(ConnectionLimits.Set);
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = TimeSpan.FromSeconds(30);

            // Kestrel need not wait for the store: until that is open it answers that it lives, and 503 to what must be kept.
            host.ServicesStartConcurrently = true;
        });
        builder.Services.AddSingleton(options.Time);
        if (TelemetryExport.IsConfigured(builder.Configuration)) Export(builder);
        var settings = builder.Services.AddReactor(builder.Configuration, listening.Exposure, [.. faults, listening.Fault]);
        foreach (var timer in table.Timers) builder.Services.AddSingleton<IHostedService>(made => TimerOf(timer, settings, made));
        options.Configure?.Invoke(builder.Services);

        var built = builder.Build();
        foreach (var url in listening.Urls) built.Urls.Add(url);
        Map(built, table, settings);
        return new StandaloneHost(built);
    }

    /// <exception cref="HostStartException">When an address is taken or may not be used, or the store can't be trusted.</exception>
    public async Task StartAsync(CancellationToken cancel = default)
    {
        var wanted = string.Join(", ", app.Urls);
        try
        {
            await app.StartAsync(cancel);
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            throw new HostStartException(
                $"Can't listen on {wanted}: {fault.Message} Choose another address with --port N or the setting Urls.", fault);
        }
        catch (Exception fault) when (fault is StoreContentException { Misfit: not Misfit.Damaged } or StoreTooWeakException)
        {
            throw new HostStartException(fault.Message, fault);
        }
    }

    public Task StopAsync(CancellationToken cancel = default) => app.StopAsync(cancel);

    /// <summary>Until the process is told to stop.</summary>
    public async Task RunAsync()
    {
        await StartAsync();
        await app.WaitForShutdownAsync();
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    /// <summary>By itself, so that a cold start without a collector loads none of OpenTelemetry.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Export(WebApplicationBuilder builder) =>
        TelemetryExport.Add(builder.Services, builder.Configuration)?.WithTracing(tracing => tracing.AddSource("Microsoft.AspNetCore"));

    private static void AddLogging(ILoggingBuilder logging, StandaloneOptions options)
    {
        if (options.Logging is { } own) own(logging);
        else logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "));

        // The framework logs whole URLs, and ?code= is a key.
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

        // What keeps the host from starting is thrown, and said once.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
    }

    private static TimerService TimerOf(TimerFunction timer, ReactorSettings settings, IServiceProvider made)
    {
        if (!Schedule.TryParse(settings.ScheduleOf(timer.Schedule), out var schedule))
            throw new InvalidOperationException($"timer {timer.Name} has the schedule \"{timer.Schedule}\"; expected {Schedule.Expected}");
        var log = made.GetRequiredService<ILoggerFactory>().CreateLogger<TimerService>();
        return new TimerService(timer, schedule, made, made.GetRequiredService<TimeProvider>(), log);
    }

    private static void Map(WebApplication mapped, FunctionTable table, ReactorSettings settings)
    {
        mapped.UseProblems(mapped.Services.GetRequiredService<ILogger<StandaloneHost>>());
        if (settings.Insecure) mapped.UseLoopbackNamesOnly();
        mapped.UseWithoutPlatformHeaders();
        mapped.UseRouting();
        foreach (var function in table.Http)
            mapped.MapMethods(RoutePrefix + function.Route, function.Methods, context => Invocation.HttpAsync(function, context));
    }
}
