using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Hosting;
using Sophia.Keda.Reactor.Functions;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.Telemetry;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
TelemetryExport.Add(builder.Services, builder.Configuration)?.UseFunctionsWorkerDefaults();
builder.Services.AddReactor(builder.Configuration, Exposure.OfFunctionApp(builder.Configuration));
builder.Build().Run();
