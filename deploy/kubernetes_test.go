package deploy_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

// The parts of Kubernetes's objects that the manifests use; another field is an
// error, so that a misspelt one is found without a cluster.
type (
	meta struct {
		Name        string
		Labels      map[string]string
		Annotations map[string]string
	}
	selector struct {
		MatchLabels map[string]string `yaml:"matchLabels"`
	}
	head struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   meta
	}

	deployment struct {
		head `yaml:",inline"`
		Spec struct {
			Selector selector
			Strategy struct {
				Type          string
				RollingUpdate struct {
					MaxUnavailable int `yaml:"maxUnavailable"`
					MaxSurge       int `yaml:"maxSurge"`
				} `yaml:"rollingUpdate"`
			}
			Template struct {
				Metadata meta
				Spec     pod
			}
		}
	}
	pod struct {
		AutomountServiceAccountToken  *bool          `yaml:"automountServiceAccountToken"`
		TerminationGracePeriodSeconds int            `yaml:"terminationGracePeriodSeconds"`
		SecurityContext               map[string]any `yaml:"securityContext"`
		TopologySpreadConstraints     []struct {
			MaxSkew           int      `yaml:"maxSkew"`
			TopologyKey       string   `yaml:"topologyKey"`
			WhenUnsatisfiable string   `yaml:"whenUnsatisfiable"`
			LabelSelector     selector `yaml:"labelSelector"`
		} `yaml:"topologySpreadConstraints"`
		Containers []container
		Volumes    []struct {
			Name     string
			EmptyDir struct {
				SizeLimit string `yaml:"sizeLimit"`
			} `yaml:"emptyDir"`
			Secret struct {
				SecretName string `yaml:"secretName"`
			}
		}
	}
	container struct {
		Name, Image     string
		Args            []string
		Env             []struct{ Name, Value string }
		Ports           []port
		StartupProbe    probe `yaml:"startupProbe"`
		LivenessProbe   probe `yaml:"livenessProbe"`
		ReadinessProbe  probe `yaml:"readinessProbe"`
		Resources       struct{ Requests, Limits map[string]string }
		SecurityContext struct {
			AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
			ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
			Capabilities             struct{ Drop []string }
		} `yaml:"securityContext"`
		VolumeMounts []struct {
			Name      string
			MountPath string `yaml:"mountPath"`
			ReadOnly  bool   `yaml:"readOnly"`
		} `yaml:"volumeMounts"`
	}
	port struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	probe struct {
		HTTPGet          struct{ Path, Port string } `yaml:"httpGet"`
		PeriodSeconds    int                         `yaml:"periodSeconds"`
		TimeoutSeconds   int                         `yaml:"timeoutSeconds"`
		FailureThreshold int                         `yaml:"failureThreshold"`
	}

	service struct {
		head `yaml:",inline"`
		Spec struct {
			Selector        map[string]string
			SessionAffinity string `yaml:"sessionAffinity"`
			Ports           []struct {
				Name       string
				Port       int
				TargetPort string `yaml:"targetPort"`
			}
		}
	}
	disruptionBudget struct {
		head `yaml:",inline"`
		Spec struct {
			MaxUnavailable int `yaml:"maxUnavailable"`
			Selector       selector
		}
	}
	autoscaler struct {
		head `yaml:",inline"`
		Spec struct {
			ScaleTargetRef struct {
				APIVersion string `yaml:"apiVersion"`
				Kind, Name string
			} `yaml:"scaleTargetRef"`
			MinReplicas int `yaml:"minReplicas"`
			MaxReplicas int `yaml:"maxReplicas"`
			Metrics     []struct {
				Type     string
				Resource struct {
					Name   string
					Target struct {
						Type               string
						AverageUtilization int `yaml:"averageUtilization"`
					}
				}
			}
			Behavior struct {
				ScaleUp   stabilization `yaml:"scaleUp"`
				ScaleDown stabilization `yaml:"scaleDown"`
			}
		}
	}
	stabilization struct {
		StabilizationWindowSeconds int `yaml:"stabilizationWindowSeconds"`
	}
	networkPolicy struct {
		head `yaml:",inline"`
		Spec struct {
			PodSelector selector `yaml:"podSelector"`
			PolicyTypes []string `yaml:"policyTypes"`
			Ingress     []struct {
				Ports []struct{ Port string }
				From  []struct {
					NamespaceSelector selector `yaml:"namespaceSelector"`
				}
			}
		}
	}
)

func TestKubernetes(t *testing.T) {
	var d deployment
	load(t, "kubernetes/deployment.yaml", &d)
	var s service
	load(t, "kubernetes/service.yaml", &s)
	var b disruptionBudget
	load(t, "kubernetes/poddisruptionbudget.yaml", &b)
	var a autoscaler
	load(t, "kubernetes/horizontalpodautoscaler.yaml", &a)
	var n networkPolicy
	load(t, "kubernetes/networkpolicy.yaml", &n)
	for _, is := range []struct {
		head
		want string
	}{
		{d.head, "apps/v1 Deployment"}, {s.head, "v1 Service"}, {b.head, "policy/v1 PodDisruptionBudget"},
		{a.head, "autoscaling/v2 HorizontalPodAutoscaler"}, {n.head, "networking.k8s.io/v1 NetworkPolicy"},
	} {
		if got := is.APIVersion + " " + is.Kind; got != is.want || is.Metadata.Name != "readnext" {
			t.Errorf("%s %s, want %s readnext", got, is.Metadata.Name, is.want)
		}
	}

	labels := d.Spec.Template.Metadata.Labels
	for what, sel := range map[string]map[string]string{
		"deployment": d.Spec.Selector.MatchLabels, "service": s.Spec.Selector, "network policy": n.Spec.PodSelector.MatchLabels,
		"disruption budget": b.Spec.Selector.MatchLabels, "spread": d.Spec.Template.Spec.TopologySpreadConstraints[0].LabelSelector.MatchLabels,
	} {
		if !maps.Equal(sel, labels) {
			t.Errorf("the %s selects %v, not %v", what, sel, labels)
		}
	}
	if ref := a.Spec.ScaleTargetRef; ref.Kind != d.Kind || ref.Name != d.Metadata.Name || ref.APIVersion != d.APIVersion {
		t.Errorf("the autoscaler scales %v", ref)
	}
	if b.Spec.MaxUnavailable >= a.Spec.MinReplicas {
		t.Error("the disruption budget lets all replicas go")
	}
	checkPod(t, d.Spec.Template.Spec)

	ports := []string{}
	for _, p := range d.Spec.Template.Spec.Containers[0].Ports {
		ports = append(ports, p.Name)
	}
	for _, p := range s.Spec.Ports {
		if !slices.Contains(ports, p.TargetPort) {
			t.Errorf("the service sends to port %q", p.TargetPort)
		}
	}
	for _, in := range n.Spec.Ingress {
		for _, p := range in.Ports {
			if !slices.Contains(ports, p.Port) {
				t.Errorf("the network policy is about port %q", p.Port)
			}
			if p.Port == "admin" && len(in.From) == 0 {
				t.Error("everybody reaches the admin address")
			}
		}
	}
}

func checkPod(t *testing.T, p pod) {
	t.Helper()
	c := p.Containers[0]
	env := map[string]string{}
	for _, e := range c.Env {
		env[e.Name] = e.Value
	}
	grace(t, "pod", env, time.Duration(p.TerminationGracePeriodSeconds)*time.Second)
	for name, variable := range map[string]string{"http": "READNEXT_LISTEN", "admin": "READNEXT_ADMIN_LISTEN"} {
		i := slices.IndexFunc(c.Ports, func(p port) bool { return p.Name == name })
		if i < 0 || env[variable] != fmt.Sprint("0.0.0.0:", c.Ports[i].ContainerPort) {
			t.Errorf("port %s is not %s, which is %s", name, variable, env[variable])
		}
	}
	for name, pr := range map[string]struct {
		probe
		path string
	}{
		"startup": {c.StartupProbe, "/healthz"}, "liveness": {c.LivenessProbe, "/healthz"}, "readiness": {c.ReadinessProbe, "/readyz"},
	} {
		if pr.HTTPGet.Path != pr.path || pr.HTTPGet.Port != "http" {
			t.Errorf("the %s probe asks for %v", name, pr.HTTPGet)
		}
	}
	mounts := map[string]string{}
	for _, m := range c.VolumeMounts {
		mounts[m.Name] = m.MountPath
	}
	for _, v := range p.Volumes {
		if mounts[v.Name] == "" {
			t.Errorf("volume %s is not mounted", v.Name)
		}
	}
	if env["READNEXT_SNAPSHOT_DIR"] != mounts["snapshots"] {
		t.Errorf("snapshots go to %s, the volume is at %s", env["READNEXT_SNAPSHOT_DIR"], mounts["snapshots"])
	}
	if env["READNEXT_API_KEYS_FILE"] != mounts["api-keys"]+"/keys" {
		t.Errorf("keys are read from %s, and mounted at %s", env["READNEXT_API_KEYS_FILE"], mounts["api-keys"])
	}
	if p.SecurityContext["runAsUser"] != 65532 || !c.SecurityContext.ReadOnlyRootFilesystem {
		t.Errorf("the pod runs as %v", p.SecurityContext)
	}
	starts(t, env)
}
