using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sophia.Keda.Reactor.Functions.Standalone;

public sealed record StandaloneOptions
{
    /// <summary>Command line: --port N, --Urls http://…, or any setting as --Section:Name value; anything else is a fault.</summary>
    public string[] Args { get; init; } = [];

    /// <summary>When given, these are all the settings: no command line, no environment, no local.settings.json.</summary>
    public IReadOnlyDictionary<string, string?>? Settings { get; init; }

    /// <summary>Loopback port; 0 for a free one. Wins over what settings say.</summary>
    public int? Port { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Runs last: what it adds replaces what was there.</summary>
    public Action<IServiceCollection>? Configure { get; init; }

    /// <summary>Replaces the console log.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }

    /// <summary>local.settings.json is looked for here and upwards. Default: the current folder.</summary>
    public string? ContentRoot { get; init; }
}

/// <summary>The host could not begin to listen.</summary>
public sealed class HostStartException(string message, Exception? inner = null) : Exception(message, inner);
