// Package v1beta1 stands in for the API types of frr-k8s v0.0.27, which module proxies do not serve. It has those that MetalLB
// compiles against, with the fields that MetalLB sets; names on the wire are those of frr-k8s. Only MetalLB's frr-k8s mode
// uses them, and frr-k8s v0.0.26, which proxies do serve, understands all of them but withAsPathPrepend.
package v1beta1

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

type DynamicASNMode string

type SecretReference = corev1.SecretReference

type AllowedOutPrefixes struct {
	Prefixes []string `json:"prefixes,omitempty"`
}

type LocalPrefPrefixes struct {
	Prefixes  []string `json:"prefixes,omitempty"`
	LocalPref uint32   `json:"localPref,omitempty"`
}

type CommunityPrefixes struct {
	Prefixes  []string `json:"prefixes,omitempty"`
	Community string   `json:"community,omitempty"`
}

type AsPathPrependPrefixes struct {
	Prefixes      []string `json:"prefixes,omitempty"`
	AsPathPrepend uint8    `json:"asPathPrepend,omitempty"`
}

type Advertise struct {
	Allowed                   AllowedOutPrefixes      `json:"allowed,omitzero"`
	PrefixesWithLocalPref     []LocalPrefPrefixes     `json:"withLocalPref,omitempty"`
	PrefixesWithCommunity     []CommunityPrefixes     `json:"withCommunity,omitempty"`
	PrefixesWithAsPathPrepend []AsPathPrependPrefixes `json:"withAsPathPrepend,omitempty"`
}

type Neighbor struct {
	ASN                    uint32           `json:"asn,omitempty"`
	DynamicASN             DynamicASNMode   `json:"dynamicASN,omitempty"`
	Address                string           `json:"address,omitempty"`
	Interface              string           `json:"interface,omitempty"`
	Port                   *uint16          `json:"port,omitempty"`
	Password               string           `json:"password,omitempty"`
	PasswordSecret         SecretReference  `json:"passwordSecret,omitzero"`
	HoldTime               *metav1.Duration `json:"holdTime,omitempty"`
	KeepaliveTime          *metav1.Duration `json:"keepaliveTime,omitempty"`
	ConnectTime            *metav1.Duration `json:"connectTime,omitempty"`
	EBGPMultiHop           bool             `json:"ebgpMultiHop,omitempty"`
	BFDProfile             string           `json:"bfdProfile,omitempty"`
	EnableGracefulRestart  bool             `json:"enableGracefulRestart,omitempty"`
	ToAdvertise            Advertise        `json:"toAdvertise,omitzero"`
	DisableMP              bool             `json:"disableMP,omitempty"`
	DualStackAddressFamily bool             `json:"dualStackAddressFamily,omitempty"`
}

type Router struct {
	ASN       uint32     `json:"asn"`
	ID        string     `json:"id,omitempty"`
	VRF       string     `json:"vrf,omitempty"`
	Neighbors []Neighbor `json:"neighbors,omitempty"`
	Prefixes  []string   `json:"prefixes,omitempty"`
}

type BFDProfile struct {
	Name             string  `json:"name"`
	ReceiveInterval  *uint32 `json:"receiveInterval,omitempty"`
	TransmitInterval *uint32 `json:"transmitInterval,omitempty"`
	DetectMultiplier *uint32 `json:"detectMultiplier,omitempty"`
	EchoInterval     *uint32 `json:"echoInterval,omitempty"`
	EchoMode         *bool   `json:"echoMode,omitempty"`
	PassiveMode      *bool   `json:"passiveMode,omitempty"`
	MinimumTTL       *uint32 `json:"minimumTtl,omitempty"`
}

type BGPConfig struct {
	Routers     []Router     `json:"routers,omitempty"`
	BFDProfiles []BFDProfile `json:"bfdProfiles,omitempty"`
}

type FRRConfigurationSpec struct {
	BGP          BGPConfig            `json:"bgp,omitzero"`
	NodeSelector metav1.LabelSelector `json:"nodeSelector,omitzero"`
}

type FRRConfiguration struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitzero"`
	Spec              FRRConfigurationSpec `json:"spec,omitzero"`
}

type FRRConfigurationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []FRRConfiguration `json:"items"`
}

// AddToScheme registers the kinds.
func AddToScheme(s *runtime.Scheme) error {
	version := schema.GroupVersion{Group: "frrk8s.metallb.io", Version: "v1beta1"}
	s.AddKnownTypes(version, &FRRConfiguration{}, &FRRConfigurationList{})
	metav1.AddToGroupVersion(s, version)
	return nil
}

func (c *FRRConfiguration) DeepCopy() *FRRConfiguration {
	return deepCopy(c)
}

func (c *FRRConfiguration) DeepCopyObject() runtime.Object {
	return deepCopy(c)
}

func (l *FRRConfigurationList) DeepCopyObject() runtime.Object {
	return deepCopy(l)
}

func (s *FRRConfigurationSpec) DeepCopyInto(out *FRRConfigurationSpec) {
	*out = *deepCopy(s)
}

func deepCopy[T any](value *T) *T {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	out := new(T)
	if err := json.Unmarshal(raw, out); err != nil {
		panic(err)
	}
	return out
}
