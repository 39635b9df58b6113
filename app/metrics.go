package app

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sallyport/audit"
)

// metrics are made from the record of each call when it is over. Labels are names an operator chose, never what a
// caller wrote.
type metrics struct {
	registry *prometheus.Registry
	inFlight prometheus.Gauge
	calls    *prometheus.CounterVec
	total    *prometheus.HistogramVec
	own      prometheus.Histogram
	tokens   *prometheus.CounterVec
	findings *prometheus.CounterVec
	attempts *prometheus.CounterVec
	reloads  *prometheus.CounterVec
}

func newMetrics(a *App) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "sallyport_calls_in_flight", Help: "Calls under way."}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_calls_total", Help: "Calls that ended, by how."},
			[]string{"route", "operation", "decision", "status"}),
		total: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sallyport_call_duration_seconds", Help: "From the request's header to the last byte of the answer.",
			Buckets: prometheus.ExponentialBuckets(0.001, 3, 12)}, []string{"route"}),
		own: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sallyport_own_seconds", Help: "Time of a call that the gate itself took before asking a provider.",
			Buckets: prometheus.ExponentialBuckets(0.00002, 2.5, 12)}),
		tokens:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_tokens_total", Help: "Tokens, as billed or estimated."}, []string{"route", "direction"}),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_findings_total", Help: "What guards found."}, []string{"side", "detector", "kind", "action"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_upstream_attempts_total", Help: "Attempts at providers; result \"ok\" for answers passed on."}, []string{"upstream", "result"}),
		reloads:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_config_reloads_total", Help: "Attempts to reload the configuration."}, []string{"result"}),
	}
	m.registry.MustRegister(m.inFlight, m.calls, m.total, m.own, m.tokens, m.findings, m.attempts, m.reloads,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "sallyport_record_entries_total", Help: "Entries in the record."},
			func() float64 { return float64(a.record.Next()) }))
	return m
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

func (m *metrics) reloaded(ok bool) {
	result := "ok"
	if !ok {
		result = "refused"
	}
	m.reloads.WithLabelValues(result).Inc()
}

// observe counts a call that is over.
func (m *metrics) observe(e *audit.End) {
	m.calls.WithLabelValues(e.Route, e.Op, string(e.Decision), strconv.Itoa(e.Status)).Inc()
	m.total.WithLabelValues(e.Route).Observe(float64(e.Timings.Total) / 1e6)
	var own int64
	for s := range audit.Route {
		own += e.Timings.Stages[s]
	}
	m.own.Observe(float64(own) / 1e6)
	if e.Tokens.Input > 0 {
		m.tokens.WithLabelValues(e.Route, "input").Add(float64(e.Tokens.Input))
	}
	if e.Tokens.Output > 0 {
		m.tokens.WithLabelValues(e.Route, "output").Add(float64(e.Tokens.Output))
	}
	for i := range e.Findings {
		f := &e.Findings[i]
		m.findings.WithLabelValues(string(f.Side), f.Detector, f.Kind, f.Action).Inc()
	}
	for i := range e.Attempts {
		result := e.Attempts[i].Err
		if result == "" {
			result = "ok"
		}
		m.attempts.WithLabelValues(e.Attempts[i].Upstream, result).Inc()
	}
}

// observe is told of every call that is over: the metrics count it, and the log has one line of it, made from its
// record. A call that was answered as asked is worth a line at debug level alone: it is on record, where it can be
// found again, and a line in the log costs more than counting it.
func (a *App) observe(e *audit.End) {
	a.metrics.observe(e)
	level := slog.LevelInfo
	switch e.Decision {
	case audit.Allow:
		level = slog.LevelDebug
	case audit.Failed:
		level = slog.LevelWarn
	}
	if !a.log.Enabled(context.Background(), level) {
		return
	}
	a.log.LogAttrs(context.Background(), level, "call", slog.String("request", e.ID), slog.String("decision", string(e.Decision)), slog.Int("status", e.Status),
		slog.String("stage", e.Stage.String()), slog.String("code", e.Code), slog.String("key", e.Key), slog.String("route", e.Route),
		slog.String("operation", e.Op), slog.String("model", e.Model), slog.String("upstream", e.Upstream),
		slog.Int("findings", len(e.Findings)), slog.Int64("us", e.Timings.Total))
}

// quietLog takes what package http says of broken connections: a line each at debug level, for callers break off all
// the time.
func quietLog(l *slog.Logger) *log.Logger { return slog.NewLogLogger(l.Handler(), slog.LevelDebug) }
