return Sophia.Keda.Reactor.Simulator.Command.Run(args);
