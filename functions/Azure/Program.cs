using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Sophia.Keda.Reactor.Functions;
using Sophia.Keda.Reactor.Settings;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddReactor(builder.Configuration, Exposure.OfFunctionApp(builder.Configuration));
builder.Build().Run();
