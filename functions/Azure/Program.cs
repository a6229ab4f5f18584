using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Hosting;
using Sophia.Keda.Reactor.Functions;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.Telemetry;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
ApplicationInsights.Add(builder.Services, builder.Configuration)?.UseFunctionsWorkerDefaults();

var exposure = Exposure.OfFunctionApp(builder.Configuration);
var settings = ReactorSettings.Load(builder.Configuration, exposure);

// The platform filters the principal header only where it says so, and only when it is the platform.
var easyAuth = exposure.OnAzure && bool.TryParse(builder.Configuration["WEBSITE_AUTH_ENABLED"], out var on) && on;
builder.Services.AddReactor(settings, builder.Configuration, easyAuth);
builder.Build().Run();
