using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Sophia.Keda.Reactor.Functions;
using Sophia.Keda.Reactor.Settings;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();

// Only a deployed app has an instance id; func on a developer's machine listens on loopback.
var deployed = builder.Configuration["WEBSITE_INSTANCE_ID"] is { Length: > 0 };
var settings = ReactorSettings.Load(builder.Configuration, new Exposure(!deployed, deployed ? "deployed to Azure" : "func on loopback"));

// The platform filters the principal header only where it says so, and only when it is the platform.
var easyAuth = deployed && bool.TryParse(builder.Configuration["WEBSITE_AUTH_ENABLED"], out var on) && on;
builder.Services.AddReactor(settings, builder.Configuration, easyAuth);
builder.Build().Run();
