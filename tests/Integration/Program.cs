using Sophia.Keda.Reactor.Integration.Tests.Homes.Stub;
using Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;

// Tests run in the test host; this is how they start a reactor that can be killed.
if (args is ["host", var order])
    return await HostProgram.RunAsync(order);
if (args is ["func", .. var rest])
    return await FuncStandIn.RunAsync(rest);
if (args is ["paced-host", var agreed, var speed, .. var more])
    return await HostProgram.RunPacedAsync(agreed, speed, more);
await Console.Error.WriteLineAsync("These are tests: dotnet test tests/Integration");
return 2;
