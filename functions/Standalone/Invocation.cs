using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>Calls a function: an instance of its own from the container, its parameters bound by type, route values by name.</summary>
internal static class Invocation
{
    public static async Task HttpAsync(HttpFunction function, HttpContext context)
    {
        var result = await (Task<IResult>)Invoke(function.Method, context.RequestServices, parameter =>
            parameter.ParameterType == typeof(HttpRequest) ? context.Request
            : parameter.ParameterType == typeof(CancellationToken) ? context.RequestAborted
            : context.Request.RouteValues[parameter.Name!]?.ToString() ?? "");

        // A request delegate's result would be dropped and answered with an empty 200: it is ours to execute.
        await result.ExecuteAsync(context);
    }

    public static Task TimerAsync(TimerFunction function, IServiceProvider services, TimerInfo timer, CancellationToken cancel) =>
        (Task)Invoke(function.Method, services, parameter => parameter.ParameterType == typeof(CancellationToken) ? cancel : timer);

    private static object Invoke(MethodInfo method, IServiceProvider services, Func<ParameterInfo, object> bind)
    {
        var instance = ActivatorUtilities.CreateInstance(services, method.DeclaringType!);
        object[] values = [.. method.GetParameters().Select(bind)];
        return method.Invoke(instance, BindingFlags.DoNotWrapExceptions, binder: null, values, culture: null)!;
    }
}
