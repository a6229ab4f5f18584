using System.Text.Json.Serialization;
using Sophia.Keda.Reactor.Functions.Alerts;
using Sophia.Keda.Reactor.Functions.Events;
using Sophia.Keda.Reactor.Functions.Health;
using Sophia.Keda.Reactor.Functions.Maintenance;
using Sophia.Keda.Reactor.Functions.Orders;
using Sophia.Keda.Reactor.Functions.Pages;
using Sophia.Keda.Reactor.Functions.Views;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>Every kind of answer, known when compiled: the first request after a cold start waits for no reflection.</summary>
[JsonSerializable(typeof(AlertsAnswer))]
[JsonSerializable(typeof(AuditAnswer))]
[JsonSerializable(typeof(AuditVerifyAnswer))]
[JsonSerializable(typeof(BreakerView))]
[JsonSerializable(typeof(BreakersAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(IncidentView))]
[JsonSerializable(typeof(IncidentsAnswer))]
[JsonSerializable(typeof(KpisAnswer))]
[JsonSerializable(typeof(MaintenanceAnswer))]
[JsonSerializable(typeof(OrderView))]
[JsonSerializable(typeof(PagesAnswer))]
[JsonSerializable(typeof(ProbeAnswer))]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(ReadyAnswer))]
[JsonSerializable(typeof(ResendAnswer))]
[JsonSerializable(typeof(TestAnswer))]
[JsonSerializable(typeof(ValidationAnswer))]
[JsonSerializable(typeof(WhyAnswer))]
internal sealed partial class AnswerJson : JsonSerializerContext;
