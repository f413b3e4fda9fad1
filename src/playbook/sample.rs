//! The playbooks that come with Entente: for the demo, and as a beginning for one's own.

/// Two playbooks, each in English and German.
pub const SAMPLES: [&str; 2] = [
    include_str!("../../assets/playbooks/co-selling.yaml"),
    include_str!("../../assets/playbooks/managed-cloud.yaml"),
];
